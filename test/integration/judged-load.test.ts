import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NS_PER_SEC, type CounterSlice, type RunRecord } from '../../src/core/index.ts';
import type { LoadJudge } from '../../src/run/index.ts';
import { Workplace } from '../cli/callgauge-process.ts';
import { QUIET_SINK } from '../run/quiet-sink.ts';
import { ranScenario } from './ran-scenario.ts';

/** A load of several threads, an open phase and users, is ended and extended by its judge. */
const workplace = new Workplace();
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  workplace.remove();
});

async function judged(load: string, judge: LoadJudge) {
  const file = workplace.file(
    'judged.yaml',
    `name: judged
targets: { api: { url: "${url}" } }
flows: { look: [{ step: home, target: api, timeout: 20s, http: { path: / } }] }
load:
${load}
engine: { workers: 2 }
`,
  );
  const runs: RunRecord[] = [];
  const counters: CounterSlice[] = [];
  const sink = {
    ...QUIET_SINK,
    writeRun: async (record: RunRecord) => void runs.push(record),
    writeCounters: async (_runId: string, slices: readonly CounterSlice[]) =>
      void counters.push(...slices),
    quarantinedSpans: 0,
  };
  const { notes } = await ranScenario(file, { judge, store: { sink } });
  const record = runs.at(-1);
  const arrivals = (phase: string): number =>
    counters
      .filter((c) => c.counter === 'arrivals' && c.phase === phase)
      .reduce((sum, { value }) => sum + value, 0);
  return { record, notes, arrivals, plan: JSON.parse(record?.plan ?? '') as { phases: object[] } };
}

it('ends in order when its judge says so, and is complete', async () => {
  const { record, arrivals, notes, plan } = await judged(
    `  - { phase: steady, arrivals: { process: constant, rate: 100/s }, for: 60s }
  - { phase: never, arrivals: { process: constant, rate: 100/s }, for: 60s }`,
    {
      ...{ extendNs: 0, boundReason: '' },
      second: ({ second }) =>
        second === 0 ? { kind: 'decided', reason: 'one second is enough' } : undefined,
    },
  );
  const toNs = record?.phases[0]?.toNs ?? 0;
  expect(record).toMatchObject({
    status: 'complete',
    phases: [{ name: 'steady', fromNs: 0 }],
    loadEnd: { kind: 'decided', reason: 'one second is enough', atNs: toNs },
  });
  expect(toNs % NS_PER_SEC).toBe(0);
  expect(toNs).toBeLessThan(60 * NS_PER_SEC);
  expect(arrivals('steady')).toBe((100 * toNs) / NS_PER_SEC);
  expect(arrivals('never')).toBe(0);
  expect(plan).toMatchObject({
    phases: [{ name: 'steady', durationNs: toNs }],
    wantedArrivals: { steady: (100 * toNs) / NS_PER_SEC },
  });
  expect(notes.join('\n')).toContain('one second is enough');
});

it('goes on past its planned end to the bound, users as well', async () => {
  const { record, arrivals } = await judged(
    `  - phase: users
    users: 2
    think: 100ms
    for: 1s`,
    { extendNs: NS_PER_SEC, boundReason: 'undecided', second: () => undefined },
  );
  expect(record).toMatchObject({
    status: 'complete',
    phases: [{ name: 'users', toNs: 2 * NS_PER_SEC }],
    loadEnd: { kind: 'bound', reason: 'undecided', atNs: 2 * NS_PER_SEC, plannedNs: NS_PER_SEC },
  });
  expect(arrivals('users')).toBeGreaterThan(2);
});
