import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { epochNowMs } from '../../src/core/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';
import { asReady, readScenario } from '../../src/scenario/index.ts';
import { startSender } from '../../src/sender/index.ts';
import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';
import { RUN_ID } from './real-run.ts';

const workplace = new Workplace();
const asked: { readonly path: string; readonly parent: string }[] = [];
/** Resolves when an even arrival of the second second has come. */
let evenHasCome = Promise.withResolvers<void>();
const server = createServer((request, response) => {
  const { url: path = '' } = request;
  if (path === '/even-has-come') {
    void evenHasCome.promise.then(() => response.end());
    return;
  }
  asked.push({ path, parent: String(request.headers['traceparent']) });
  const number = Number(path.split('/')[2]);
  if (number > 30 && number % 2 === 0) evenHasCome.resolve();
  response.end('{}');
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked.length = 0;
  evenHasCome = Promise.withResolvers<void>();
});
afterAll(() => {
  server.close();
  workplace.remove();
});

/** Two workers; the arrivals with odd numbers are those of the second. */
function scenario(name: string, hook: string, tornDownBy = ''): string {
  workplace.file(
    `${name}.ts`,
    `export ${hook.includes('await') ? 'async ' : ''}function odd({ number, phase }: { number: number; phase: string }) {\n${hook}\n}\n`,
  );
  return workplace.file(
    `${name}.yaml`,
    `name: ${name}
seed: 5
targets: { api: { url: "${url}" } }
hooks: ${name}.ts
setup: [{ step: prepare, target: api, http: { path: /prepare } }]
flows:
  look: [{ hook: odd }, { step: see, target: api, http: { path: "/see/\${iteration.number}" } }]
load:
  - { phase: steady, arrivals: { process: constant, rate: 30/s }, for: 2s }
teardown: [${tornDownBy}{ step: clean, target: api, http: { path: /clean } }]
engine: { workers: 2 }
`,
  );
}

const paths = (): readonly string[] => asked.map(({ path }) => path);

describe('a run of which one worker breaks', () => {
  it('keeps what the others have recorded, makes the teardown and ends', async () => {
    const slices: RecordSlice[] = [];
    const hook = `  if (number !== 55) return;
  await fetch('${url}/even-has-come');
  setTimeout(() => { throw new Error('nobody catches me'); }, 0);`;
    const sender = await startSender({
      scenario: asReady(await readScenario(scenario('breaks', hook))),
      runId: RUN_ID,
      onSlice: (slice) => slices.push(slice),
    });
    sender.begin(epochNowMs() + 20);
    await expect(sender.ended).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('nobody catches me'),
    });
    expect(paths().at(-1)).toBe('/clean');
    expect(paths().filter((path) => path === '/clean')).toHaveLength(1);
    // Even arrivals up to the one at which the other broke, in its second second.
    const counters = slices.flatMap(({ counters: of }) => of);
    const ofLastSecond = counters.filter(
      ({ counter, second }) => counter === 'arrivals' && second > 0,
    );
    expect(ofLastSecond.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0);
  });

  it('makes the teardown also where it breaks before the load begins', async () => {
    const file = scenario('breaks-early', '');
    // Threads are numbered as they are started.
    const before = new Worker('', { eval: true });
    const secondThreadId = before.threadId + 2;
    await before.terminate();
    workplace.file(
      'breaks-early.ts',
      `import { threadId } from 'node:worker_threads';
if (threadId === ${secondThreadId}) setTimeout(() => { throw new Error('too early'); }, 0);
export function odd(): void {}
`,
    );
    await expect(
      startSender({
        scenario: asReady(await readScenario(file)),
        runId: RUN_ID,
        onSlice: () => undefined,
      }),
    ).rejects.toMatchObject({ message: expect.stringContaining('too early') });
    expect(paths().filter((path) => path !== '/prepare')).toEqual(['/clean']);
  });
});

describe('a run whose teardown breaks its thread', () => {
  it('keeps its result, and tells of it', async () => {
    const notices: string[] = [];
    const hook = `  if (phase !== 'teardown') return;
  setTimeout(() => { throw new Error('nobody catches me'); }, 0);
  return new Promise(() => {});`;
    const sender = await startSender({
      scenario: asReady(await readScenario(scenario('breaks-late', hook, '{ hook: odd }, '))),
      runId: RUN_ID,
      onSlice: () => undefined,
      onNotice: (text) => notices.push(text),
    });
    sender.begin(epochNowMs() + 20);
    await expect(sender.ended).resolves.toMatchObject({ arrivals: 60, stopped: false });
    expect(notices).toEqual(['the teardown failed: the sending worker broke: nobody catches me']);
  });
});

describe('callgauge run with hooks that leave a timer behind', () => {
  it('ends all the same; setup, load and teardown have ids of their own', async () => {
    const path = scenario('open', '  setInterval(() => number, 1_000);');
    const ended = await callgauge(['run', path, '--dir', workplace.storeDir]);
    expectExit(ended, 0);
    expect(asked.length).toBe(62);
    expect(new Set(asked.map(({ parent }) => parent.slice(3, 35))).size).toBe(62);
    expect(new Set(asked.map(({ parent }) => parent.slice(36, 52))).size).toBe(62);
  });
});
