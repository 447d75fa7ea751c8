import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { printBaseline } from '../../src/compare/index.ts';
import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { comparisonReport } from '../report/comparison/comparison-reports.ts';
import { tinyScenario } from './tiny-scenario.ts';

/** What a run is held against, by its command line or its scenario. */
const workplace = new Workplace();
const dir = ['--dir', workplace.storeDir];
const RELATIVE = 'home.errors rate <= baseline + 50%';
let server: Server;
let plain: string;
let gated: string;
let calls = 0;

beforeAll(async () => {
  server = createServer((_request, response) => {
    calls++;
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const text = tinyScenario({ url, rate: '80/s', for: '1s', thresholds: [RELATIVE] });
  plain = workplace.file('tiny.yaml', text);
  gated = workplace.file('gated.yaml', `${text}gate: { baseline: ./kept.json }\n`);
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  workplace.remove();
});

it.each([
  [() => [plain, '--baseline', 'nowhere.json'], 110, 'nowhere.json'],
  [() => [plain, '--baseline', 'abcdef0123456789'], 110, 'abcdef0123456789'],
  [() => [plain], 104, 'tiny.yaml:18:5: thresholds[0]: '],
  [() => [gated], 110, 'gated.yaml:19:19: gate.baseline: '],
])('a baseline that is not there is told before anything is sent', async (args, wanted, said) => {
  const before = calls;
  const { code, err } = await callgauge(['run', ...args(), ...dir]);
  expect(code).toBe(wanted);
  expect(err).toContain(said);
  expect(calls).toBe(before);
});

it('the first run has none, and those after it the one that is beside the scenario', async () => {
  const first = await callgauge(['run', gated, '--no-baseline', '--json', ...dir]);
  const { results } = JSON.parse(first.out);
  expect(results.comparison).toBeNull();
  expect(results.thresholds).toMatchObject([
    { state: 'inconclusive', reason: 'there was no baseline' },
  ]);
  const kept = workplace.file('kept.json', printBaseline(comparisonReport(1).before.digest));
  const next = JSON.parse((await callgauge(['run', gated, '--json', ...dir])).out);
  expect(next.results.comparison.before.name).toBe(kept);
  const again = await callgauge(['report', 'latest', '--json', ...dir]);
  expect(JSON.parse(again.out).results.comparison.before.name).toBe(kept);
});
