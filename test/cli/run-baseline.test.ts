import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import {
  baselineOf,
  checkBaseline,
  checkBaselineFile,
  type BaselineOption,
} from '../../src/cli/run-baseline.ts';
import { printBaseline } from '../../src/compare/index.ts';
import { HarnessError } from '../../src/core/index.ts';
import { parseScenario, type ScenarioWithFiles } from '../../src/scenario/index.ts';
import type { Store } from '../../src/store/index.ts';
import { comparisonReport } from '../report/comparison/comparison-reports.ts';

const folder = mkdtempSync(join(tmpdir(), 'callgauge-run-baseline-'));
mkdirSync(join(folder, 'perf'));
const FILE = join(folder, 'perf', 'checkout.yaml');
const { digest } = comparisonReport(1).before;
writeFileSync(join(folder, 'perf', 'good.json'), printBaseline(digest));
writeFileSync(join(folder, 'good.json'), 'not the one that is beside the scenario');
writeFileSync(join(folder, 'perf', 'bad.json'), '{}');
afterAll(() => rmSync(folder, { recursive: true }));

const RELATIVE = 'home.response p(50) <= baseline';

function scenario(gate = '', load = 'arrivals: { rate: 1/s }, for: 1s'): ScenarioWithFiles {
  const text = `name: checkout
targets: { shop: { url: "http://127.0.0.1:1" } }
flows: { look: [{ step: home, target: shop, http: { path: / } }] }
load: [{ phase: steady, ${load} }]
thresholds:
  - home.errors rate < 1%
  - ${RELATIVE}
${gate}
`;
  return { ...parseScenario(text, FILE), files: [] };
}

/** A store in which no run is. */
const store = {
  source: { runsBeginning: async () => [], run: async () => undefined },
  description: '',
} as unknown as Store;

async function errorOf(attempt: Promise<unknown>): Promise<HarnessError> {
  const error: unknown = await attempt.catch((thrown: unknown) => thrown);
  if (error instanceof HarnessError) return error;
  throw new Error('it was taken');
}

it('a limit that is relative to nothing is told with its place', async () => {
  const error = await errorOf(checkBaseline(scenario(), undefined));
  expect(error.code).toBe('USAGE_INVALID');
  expect(error.problems).toMatchObject([
    { file: FILE, path: ['thresholds', 1], position: { line: 7, column: 5 } },
  ]);
  expect(error.message).toContain(`${RELATIVE} is relative to a baseline, and none is named (`);
  expect(error.hint).toContain('--no-baseline');
});

it.each<[string, BaselineOption]>([
  ['', 'latest'],
  ['', false],
  ['gate: { baseline: latest }', undefined],
])('is no problem where one is named, or said not to be: %j %j', async (gate, option) => {
  expect(await checkBaseline(scenario(gate), option)).toBeUndefined();
});

it('is no problem of two versions, of which A is the baseline, and which name none', async () => {
  const two = { ...scenario('gate: { baseline: ./gone.json }'), ab: {} } as ScenarioWithFiles;
  expect(await checkBaseline(two, undefined)).toBeUndefined();
  expect(await baselineOf(store, two, undefined)).toBeUndefined();
});

it('a file is found beside the scenario, whatever the folder of the command', async () => {
  const found = await baselineOf(store, scenario('gate: { baseline: good.json }'), undefined);
  const path = join(folder, 'perf', 'good.json');
  expect(found).toMatchObject({
    name: path,
    word: path,
    digest: { runId: digest.runId },
  });
});

it('what the command line says is said in place of it', async () => {
  const path = join(folder, 'perf', 'good.json');
  const named = scenario('gate: { baseline: ./bad.json }');
  expect(await baselineOf(store, named, path)).toMatchObject({ word: path });
  expect(await baselineOf(store, named, false)).toBeUndefined();
});

it.each([
  ['./bad.json', 'BASELINE_UNREADABLE'],
  ['./gone.json', 'BASELINE_UNREADABLE'],
  ['abcdef', 'RUN_NOT_FOUND'],
])('one that cannot be had is told with its place: %s', async (word, code) => {
  const error = await errorOf(
    baselineOf(store, scenario(`gate: { baseline: ${word} }`), undefined),
  );
  expect(error).toMatchObject({ code, problems: [{ path: ['gate', 'baseline'] }] });
  expect(error.message).toContain(`(gate.baseline, ${FILE}:8:19)`);
  expect(error.hint).toContain('--no-baseline');
});

it('is read before any run, where it is there', async () => {
  const remarks: string[] = [];
  const check = (word: string): Promise<void> =>
    checkBaselineFile(scenario(`gate: { baseline: ${word} }`), (text) => remarks.push(text));
  await check('./good.json');
  await check('latest');
  expect(remarks).toEqual([]);
  await check('./gone.json');
  expect(remarks.join()).toContain('perf/gone.json is not there yet');
  expect(await errorOf(check('./bad.json'))).toMatchObject({ code: 'BASELINE_UNREADABLE' });
});
