import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { countOf, type Outcome } from '../../src/core/index.ts';
import { openStore } from '../../src/store/index.ts';
import { callgauge, CallgaugeProcess, type Ended, Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';
import { refusingPort } from './free-port.ts';
import { type FreshStore, freshStore } from './local-store.ts';
import { tinyScenario } from './tiny-scenario.ts';

interface Json {
  readonly metadata: { readonly runId: string; readonly status: string; readonly partial: boolean };
  readonly results: Record<string, unknown>;
}

let workplace: Workplace;
const servers: (HttpServer | TcpServer)[] = [];

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  workplace.remove();
});

describe('callgauge run', () => {
  it('sends 500 arrivals per second, drops none, and leaves no process behind', async () => {
    const api = await answering();
    const file = scenario({ url: api.url, rate: '500/s', for: '2s', keepHead: '100%' });
    const ended = await run(file, '--json');
    expect(ended.err).not.toContain('bug');
    expectExit(ended, 0);
    const { spans, counters } = resultsOf(ended.out);
    expect(counters).toMatchObject({ arrivals: 1_000, droppedArrivals: 0, droppedSpans: 0 });
    expect(api.requests()).toBe(1_000);
    expect(spans).toMatchObject({ harness: 1_000 });
    expect(workplace.processes()).toEqual([]);

    const { runId } = (JSON.parse(ended.out) as Json).metadata;
    const again = await callgauge(['report', runId, '--json', '--dir', workplace.storeDir]);
    expect(JSON.parse(again.out)).toEqual(JSON.parse(ended.out));
  });

  it('says that the store does not answer before it sends anything', async () => {
    const api = await answering();
    const file = scenario({ url: api.url, rate: '50/s', for: '1s' });
    const ended = await callgauge(['run', file, '--store', 'http://127.0.0.1:9']);
    expect(ended.code).toBe(110);
    expect(ended.err).toContain('http://127.0.0.1:9');
    expect(api.requests()).toBe(0);
  });

  it('reports what it has on Ctrl-C, marked as partial, and exits 130', async () => {
    const api = await answering();
    const file = scenario({ url: api.url, rate: '100/s', for: '60s' });
    const process = new CallgaugeProcess(['run', file, '--dir', workplace.storeDir, '--json']);
    await process.says('1/60 s');
    process.child.kill('SIGINT');
    const ended = await process.ended();
    expect(ended.code).toBe(130);
    const report = JSON.parse(ended.out) as Json;
    expect(report.metadata).toMatchObject({ status: 'partial', partial: true });
    expect(outcomesOf(ended.out).ok).toBe(api.requests());
    expect(workplace.processes()).toEqual([]);
  });

  it('keeps what was acknowledged over kill -9, leaves no orphan, and runs again', async () => {
    const api = await answering();
    const file = scenario({ url: api.url, rate: '100/s', for: '60s', keepHead: '100%' });
    const process = new CallgaugeProcess(['run', file, '--dir', workplace.storeDir]);
    await process.says('1/60 s');
    const acknowledged = await storedCalls(100);
    process.child.kill('SIGKILL');
    await process.ended();
    await expect.poll(() => workplace.processes()).toEqual([]);

    const ended = await callgauge(['report', '--json', '--dir', workplace.storeDir]);
    const report = JSON.parse(ended.out) as Json;
    expect(report.metadata).toMatchObject({ status: 'unfinished', partial: true });
    expect(resultsOf(ended.out).spans.harness).toBeGreaterThanOrEqual(acknowledged);
    expect(outcomesOf(ended.out).ok).toBeGreaterThanOrEqual(100);

    const again = await run(scenario({ url: api.url, rate: '100/s', for: '1s' }), '--json');
    expectExit(again, 0);
    expect(outcomesOf(again.out).ok).toBe(100);
    expect(workplace.processes()).toEqual([]);
  });
});

describe('callgauge run against a target that is broken', () => {
  let store: FreshStore;

  beforeAll(async () => {
    store = await freshStore();
  });
  afterAll(() => store.close());

  it('counts one that refuses connections as transport errors and exits 99', async () => {
    const { port, release } = await refusingPort();
    const ended = await runOfHundred(`http://127.0.0.1:${port}`);
    release();
    expectExit(ended, 99);
    expect(outcomesOf(ended.out)).toMatchObject({ ok: 0, transport: 100 });
  });

  it('counts one that answers garbage, and does not break', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () => socket.end('\0\u0001\u0002 this is no protocol \r\n\r\n'));
    });
    const ended = await runOfHundred(await listening(server));
    expectExit(ended, 99);
    expect(outcomesOf(ended.out)).toMatchObject({ ok: 0, transport: 100 });
  });

  function runOfHundred(url: string): Promise<Ended> {
    const thresholds = ['home.errors rate < 1%'];
    const file = scenario({ url, rate: '100/s', for: '1s', thresholds });
    return callgauge(['run', file, '--json', '--dir', store.dir]);
  }
});

/**
 * Resolves to how many spans the run under way has stored, once they and the calls in its
 * histograms are as many as wanted.
 */
async function storedCalls(wanted: number): Promise<number> {
  const store = await openStore({ dir: workplace.storeDir });
  try {
    const runId = async (): Promise<string> => (await store.source.run('latest'))?.runId ?? '';
    const spans = async (): Promise<number> =>
      (await store.source.spanCounts(await runId())).harness;
    const calls = async (): Promise<number> => {
      const series = await store.source.series(await runId());
      const counts = series.map((s) => (s.clock === 'response' ? countOf(s) : 0));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    await expect.poll(spans).toBeGreaterThanOrEqual(wanted);
    await expect.poll(calls).toBeGreaterThanOrEqual(wanted);
    return await spans();
  } finally {
    await store.close();
  }
}

function scenario(options: Parameters<typeof tinyScenario>[0]): string {
  return workplace.file('tiny.yaml', tinyScenario(options));
}

function run(file: string, ...options: readonly string[]): Promise<Ended> {
  return callgauge(['run', file, '--dir', workplace.storeDir, ...options]);
}

type Outcomes = Readonly<Partial<Record<Outcome, number>>>;

interface Results {
  readonly spans: { readonly harness: number; readonly all: number };
  readonly counters: Readonly<Record<string, number>>;
  readonly steps: readonly { readonly overall: { readonly outcomes: Outcomes } }[];
}

function resultsOf(json: string): Results {
  return (JSON.parse(json) as Json).results as unknown as Results;
}

function outcomesOf(json: string): Outcomes {
  return resultsOf(json).steps[0]?.overall.outcomes ?? {};
}

async function answering(): Promise<{ url: string; requests(): number }> {
  let requests = 0;
  const server = createHttpServer((_request, response) => {
    requests++;
    response.end('hello');
  });
  return { url: await listening(server), requests: () => requests };
}

async function listening(server: HttpServer | TcpServer): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
