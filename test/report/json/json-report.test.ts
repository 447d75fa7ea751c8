import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderJson, REPORT_VERSION } from '../../../src/report/index.ts';
import { runRecord } from '../../analyze/memory-source.ts';
import { specOf } from '../../gate/made-run.ts';
import { USUAL_THRESHOLDS } from '../../gate/threshold-specs.ts';
import { abResult } from '../ab-result.ts';
import { composeReport, composeSearchReport } from '../compose.ts';
import { policyRun } from '../policy-run.ts';
import { starvedRun, thinRun, troubledRun } from '../sample-runs.ts';

const PAGE = readFileSync(
  join(import.meta.dirname, '../../../docs/reference/report-json.md'),
  'utf8',
);

describe('the report as JSON', () => {
  it('has a version and three parts, in this order', async () => {
    const json = renderJson(await composeReport(troubledRun(), USUAL_THRESHOLDS));
    const parsed = JSON.parse(json) as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual(['version', 'metadata', 'config', 'results']);
    expect(parsed['version']).toBe(REPORT_VERSION);
    expect(json.endsWith('}\n')).toBe(true);
  });

  it('is the same text for the same run, whatever the order of its environment', async () => {
    const stored = troubledRun();
    const environment = { cores: '2', platform: 'linux x64', node: '24.21.0' };
    const turned = { ...stored, run: runRecord({ environment }) };
    const first = renderJson(await composeReport(stored, USUAL_THRESHOLDS));
    expect(renderJson(await composeReport(turned, USUAL_THRESHOLDS))).toBe(first);
  });

  it('has null for what is not known, and every field all the same', async () => {
    const empty = { run: runRecord({ endedEpochMs: 0, status: 'running' }), seconds: [] };
    const json = JSON.parse(renderJson(await composeReport(empty, USUAL_THRESHOLDS))) as {
      metadata: { endedAt: unknown };
      results: { lag: Record<string, unknown>; thresholds: Record<string, unknown>[] };
    };
    expect(json.metadata.endedAt).toBeNull();
    expect(json.results.lag).toMatchObject({ n: 0, minNs: null, meanNs: null, maxNs: null });
    expect(json.results.thresholds[0]).toMatchObject({
      state: 'unmatched',
      value: null,
      interval: null,
      neededN: null,
    });
  });

  it('stays small: no histograms', async () => {
    const json = renderJson(await composeReport(troubledRun(), USUAL_THRESHOLDS));
    expect(json.length).toBeLessThan(80_000);
    expect(json).not.toContain('"valueNs": [');
  });

  it('has the fields of docs/reference/ab.md of two versions', async () => {
    const report = await composeReport(thinRun(), USUAL_THRESHOLDS);
    const { results } = JSON.parse(renderJson({ ...report, ab: abResult('regression') })) as {
      readonly results: { readonly ab: object };
    };
    const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/ab.md'), 'utf8');
    const [, table = ''] = page.split('## JSON');
    const documented = [...table.matchAll(/^\| ((?:`[a-z]+`(?:, )?)+) \|/gimu)].flatMap((row) =>
      [...(row[1] ?? '').matchAll(/`([a-z]+)`/giu)].map((name) => name[1] ?? ''),
    );
    expect(Object.keys(results.ab).toSorted()).toEqual(documented.toSorted());
  });

  it('has every field that docs/reference/report-json.md documents, and no other', async () => {
    const connect = {
      second: 0,
      phase: 'warm-up',
      step: '',
      target: 'orders',
      outcome: 'ok',
      clock: 'connect',
      valueNs: [1e6],
      count: [64],
    } as const;
    const troubled = troubledRun();
    const end = { service: 'api', code: 1, signal: null, atNs: 1, lastOutput: 'Error: x' };
    const rare = (['redirects', 'lost_threads'] as const).map(
      (counter) => ({ second: 0, phase: '', step: '', counter, value: 1 }) as const,
    );
    const stored = {
      ...troubled,
      outside: 1,
      run: { ...troubled.run, serviceEnds: [end] },
      seconds: [...troubled.seconds, connect],
      counters: [...(troubled.counters ?? []), ...rare],
    };
    const fields = new Set<string>();
    const thresholds = [
      ...USUAL_THRESHOLDS,
      specOf('create-order.response p(50) over 5s < 1s'),
      specOf('create-order.response p(50) <= baseline'),
    ];
    for (const run of [stored, thinRun(), starvedRun(), policyRun()]) {
      const json: unknown = JSON.parse(renderJson(await composeReport(run, thresholds)));
      collectFields(json, fields);
    }
    collectFields(JSON.parse(renderJson(await composeSearchReport())), fields);
    const report = await composeReport(thinRun(), USUAL_THRESHOLDS);
    collectFields(JSON.parse(renderJson({ ...report, ab: abResult('pass') })), fields);
    const documented = [...PAGE.matchAll(/^\| `([A-Za-z0-9_]+)` \|/gmu)].map((m) => m[1] ?? '');
    expect([...fields].sort()).toEqual([...new Set(documented)].sort());
  });
});

/** Keys that are data are no fields, and those of two versions have a page of their own. */
function collectFields(value: unknown, fields: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collectFields(item, fields);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) {
      fields.add(key);
      if (!['environment', 'targets', 'attributes', 'ab'].includes(key)) {
        collectFields(inner, fields);
      }
    }
  }
}
