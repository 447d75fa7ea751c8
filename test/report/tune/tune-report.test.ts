import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tuneRuns } from '../../../src/advise/index.ts';
import { analyzeRun } from '../../../src/analyze/index.ts';
import { renderDocument, renderTuneJson, tuneDocument } from '../../../src/report/index.ts';
import { memorySource, type StoredRun } from '../../analyze/memory-source.ts';
import { expectGolden } from '../../golden/golden.ts';
import { healthyRun, troubledRun } from '../sample-runs.ts';

const ORDERS = 'create-order';

describe('recommendations for people', () => {
  it.each([80, 120])('are as the golden file has them, in %i columns', async (width) => {
    const text = await textOf(healthyRun(), width);
    expectGolden(`tune-${width}`, text);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
  });

  it('of a run in overload tell why nothing is sent again', async () => {
    expectGolden('tune-overload', await textOf(troubledRun(), 100));
  });

  it('of a run without a call say what to do', async () => {
    const text = await textOf({ ...healthyRun(), seconds: [], edges: [], counters: [] }, 80);
    expect(text).toContain('No call was made outside faults');
    expect(text).toContain('To do:');
  });

  it('of a time without a call say which spans are calls', async () => {
    const time = { fromEpochMs: 0, toEpochMs: 3_600_000 };
    const traces = { ...time, seenNs: 0, attempts: 0, ratio: 1, doubts: [] };
    const tuning = { ...(await tuned(healthyRun())), runs: [], edges: [], traces };
    const report = { tuning, storedAt: 'a store', commandLine: String };
    const text = renderDocument(tuneDocument(report), { color: false, width: 200 });
    expect(text).toContain('No span of the time is of a call');
    expect(text).toContain('Calls are spans of the kinds CLIENT and SERVER');
  });
});

describe('recommendations for programs', () => {
  it('have a version, and no field that the page does not name', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/tune.md'), 'utf8');
    const document: unknown = JSON.parse(renderTuneJson(await tuned(healthyRun())));
    expect(document).toMatchObject({ version: 1 });
    const unnamed = [...fieldsOf(document)].filter((field) => !page.includes(`\`${field}\``));
    expect(unnamed).toEqual([]);
  });
});

/** Returns all names of fields of a document, however deep. */
function fieldsOf(value: unknown): ReadonlySet<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item) => [...fieldsOf(item)]));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(Object.entries(value).flatMap(([name, of]) => [name, ...fieldsOf(of)]));
}

async function textOf(stored: StoredRun, width: number): Promise<string> {
  const tuning = await tuned(stored);
  const commandLine = (command: string): string => `callgauge ${command}`;
  const report = { tuning, storedAt: '.callgauge/ (local ClickHouse)', commandLine };
  return renderDocument(tuneDocument(report), { color: false, width });
}

async function tuned(stored: StoredRun) {
  const analysis = await analyzeRun(memorySource(stored), 'latest');
  const none = { path: '', rpcService: '', rpcMethod: '' };
  return tuneRuns({
    runs: [{ analysis }],
    retries: [
      {
        ...{ caller: 'orders', callee: 'inventory', operation: 'GET /api/stock' },
        ...{ calls: 12_000, attempts: 12_214, retried: 214, failedAgain: 31 },
      },
    ],
    requests: [
      { caller: 'callgauge', operation: ORDERS, httpMethod: 'POST', ...none },
      { caller: 'orders', operation: 'GET /api/stock', httpMethod: 'GET', ...none },
      { caller: 'orders', operation: 'POST /api/charges', httpMethod: 'POST', ...none },
    ],
    stages: [
      {
        ...{ caller: 'callgauge', operation: ORDERS, callee: 'orders' },
        ...{ requests: 12_000, localNs: 4.2e6 },
        patterns: [
          {
            count: 12_000,
            stages: [
              [{ callee: 'inventory', operation: 'GET /api/stock' }],
              [{ callee: 'payment', operation: 'POST /api/charges' }],
            ],
          },
        ],
      },
    ],
    isTold: () => false,
  });
}
