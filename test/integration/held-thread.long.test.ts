import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { epochNowMs } from '../../src/core/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';
import { asReady, readScenario } from '../../src/scenario/index.ts';
import { startSender } from '../../src/sender/index.ts';
import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';
import { RUN_ID } from './real-run.ts';

const workplace = new Workplace();
const server = createServer((_request, response) => response.end('{}'));
let url: string;

beforeAll(async () => {
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  workplace.remove();
});

/** The hook never returns from arrival 45 on, in the second second. */
function scenario(name: string, rest: string): string {
  workplace.file(
    `${name}.ts`,
    'export function held({ number }: { number: number }) { while (number === 45); }\n',
  );
  return workplace.file(
    `${name}.yaml`,
    `name: ${name}
seed: 5
targets: { api: { url: "${url}" } }
hooks: ${name}.ts
flows:
  look: [{ hook: held }, { step: see, target: api, http: { path: /see } }]
load:
  - { phase: steady, arrivals: { process: constant, rate: 30/s }, for: 60s }
${rest}`,
  );
}

interface Report {
  readonly run: { readonly status: string };
  readonly results: {
    readonly verdict: string;
    readonly invalid: { readonly reasons: readonly string[] } | null;
    readonly counters: { readonly arrivals: number; readonly lostThreads?: number };
  };
}

test('the first Ctrl-C ends a run whose thread is held by a hook, with its report', async () => {
  const file = scenario('held', '');
  const command = new CallgaugeProcess(['run', file, '--dir', workplace.storeDir, '--json']);
  await command.says('sending thread has not answered for');
  command.child.kill('SIGINT');
  const { code, out, err } = await command.ended();
  expect(code).toBe(130);
  expect(err).toContain('what it had under way is lost');
  const { results } = JSON.parse(out) as Report;
  expect(results.verdict).toBe('invalid');
  expect(results.invalid?.reasons[0]).toMatch(/^1 sending thread did not answer and was ended/u);
  expect(results.counters.lostThreads).toBe(1);
  expect(results.counters.arrivals).toBeGreaterThan(0);
  const runs = await callgauge(['runs', '--json', '--dir', workplace.storeDir]);
  expect(JSON.parse(runs.out)).toMatchObject([{ status: 'partial' }]);
});

test('one of two threads is given up, what the other sent is kept', async () => {
  const slices: RecordSlice[] = [];
  const notices: string[] = [];
  const sender = await startSender({
    scenario: asReady(await readScenario(scenario('half', 'engine: { workers: 2 }\n'))),
    runId: RUN_ID,
    onSlice: (slice) => slices.push(slice),
    onNotice: (text) => notices.push(text),
  });
  sender.begin(epochNowMs());
  await new Promise<void>((resolve) => {
    const at = setInterval(() => {
      if (!notices.some((text) => text.includes('has not answered'))) return;
      clearInterval(at);
      resolve();
    }, 50);
  });
  sender.stop(0);
  const { stopped, arrivals } = await sender.ended;
  expect(stopped).toBe(true);
  const total = (name: string): number =>
    slices
      .flatMap(({ counters }) => counters)
      .reduce((sum, { counter, value }) => (counter === name ? sum + value : sum), 0);
  expect(total('lost_threads')).toBe(1);
  expect(total('arrivals')).toBe(arrivals);
  // The other thread went on when the first was held, in the second second.
  expect(slices.length).toBeGreaterThan(2);
  expect(slices.map(({ second }) => second)).toEqual(slices.map((_, i) => i));
});
