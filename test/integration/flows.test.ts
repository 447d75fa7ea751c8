import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { epochNowMs, epochNsFromMs } from '../../src/core/index.ts';
import type { EngineResult } from '../../src/engine/index.ts';
import { asReady, readScenario } from '../../src/scenario/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';
import { startSender } from '../../src/sender/index.ts';
import { selectWindow } from '../../src/run/stored/wanted-window.ts';
import type { FoundTrace } from '../../src/spans/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { openSpans } from '../../src/store/open-spans.ts';
import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';
import { RUN_ID } from './real-run.ts';

/** A shop that keeps orders of users who have logged in, and writes down what it was asked. */
class KnownShop {
  readonly asked: { readonly line: string; readonly user: string; readonly signature: string }[] =
    [];
  /** Answers nothing. */
  isMute = false;
  isRefusing = false;
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request, response);
  });
  #orders = 0;

  async listen(): Promise<string> {
    await new Promise<void>((listening) => {
      this.#server.listen(0, '127.0.0.1', listening);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  lines(beginning: string): readonly string[] {
    return this.asked.map(({ line }) => line).filter((line) => line.startsWith(beginning));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { method = '', url = '', headers } = request;
    const user = body === '' ? '' : String((JSON.parse(body) as { user?: unknown }).user);
    const signature = String(headers['x-signature'] ?? '');
    this.asked.push({ line: `${method} ${url}`, user, signature });
    if (this.isMute) return;
    if (url === '/login') {
      response.writeHead(this.isRefusing ? 403 : 200, { 'x-token': 'secret-7' }).end('hello');
    } else if (headers.authorization !== 'Bearer secret-7') {
      response.writeHead(401).end();
    } else if (method === 'POST') {
      const id = ++this.#orders;
      const location = `/orders/${id}?of=${encodeURIComponent(user)}`;
      response.writeHead(201, { location, 'content-type': 'application/json' });
      response.end(JSON.stringify({ order: { id, user, total: 30 }, mark: `ref=${id};` }));
    } else {
      response.end(JSON.stringify({ state: 'open', items: [1, 2] }));
    }
  }
}

const workplace = new Workplace();
const shop = new KnownShop();
let url: string;

beforeAll(async () => {
  url = await shop.listen();
  workplace.file('users.csv', 'name,limit\nann,3\nbob o\'hara,4\n"c, d",5\n');
  workplace.file(
    'hooks.ts',
    `import type { HookContext } from '${new URL('../../src/flow/index.ts', import.meta.url).href}';

export async function sign(context: HookContext): Promise<void> {
  await Promise.resolve();
  const id: unknown = context.get('id');
  context.set('signature', \`signed \${String(id)} of \${String(context.get('users.name'))}\`);
}
`,
  );
});
beforeEach(() => {
  shop.asked.length = 0;
  shop.isMute = false;
  shop.isRefusing = false;
});
afterAll(() => {
  shop.close();
  workplace.remove();
});

function scenario(name: string, { workers = 1, teardownStatus = 200, body = 'open' } = {}): string {
  return workplace.file(
    `${name}.yaml`,
    `name: ${name}
seed: 5
targets: { shop: { url: "${url}" } }
feeders: { users: { file: users.csv } }
hooks: hooks.ts
setup:
  - step: log-in
    target: shop
    timeout: 100s
    http: { method: POST, path: /login, json: { user: admin } }
    capture: { token: { header: x-token } }
flows:
  buy:
    - step: order
      target: shop
      tags: { team: checkout }
      http:
        method: POST
        path: /orders
        headers: { authorization: "Bearer \${token}" }
        json: { user: "\${users.name}", limit: "\${users.limit}" }
      check: { status: 201, json: { $.order.user: "\${users.name}" } }
      capture: { id: $.order.id, mark: { regex: "ref=(\\\\d+);" }, place: { header: location } }
    - { hook: sign, sets: [signature] }
    - choose:
        - weight: 1
          do:
            - step: see
              target: shop
              http:
                path: "/orders/\${mark}"
                headers: { authorization: "Bearer \${token}", x-signature: "\${signature}" }
              check:
                body: ${body}
                schema: { type: object, required: [state, items] }
        - weight: 1
          do: [{ think: 5ms }]
load:
  - { phase: steady, arrivals: { process: constant, rate: 60/s }, for: 1s }
teardown:
  - step: clean
    target: shop
    http: { method: DELETE, path: /orders, headers: { authorization: "Bearer \${token}" } }
    check: { status: ${teardownStatus} }
trace: { keep: { errors: all } }
engine: { workers: ${workers} }
`,
  );
}

interface Made {
  readonly result: EngineResult;
  readonly slices: readonly RecordSlice[];
  readonly notices: readonly string[];
}

async function made(file: string): Promise<Made> {
  const slices: RecordSlice[] = [];
  const notices: string[] = [];
  const sender = await startSender({
    scenario: asReady(await readScenario(file)),
    runId: RUN_ID,
    onSlice: (slice) => slices.push(slice),
    onNotice: (notice) => notices.push(notice),
  });
  sender.begin(epochNowMs() + 20);
  return { result: await sender.ended, slices, notices };
}

const sorted = (list: readonly string[]): readonly string[] => list.toSorted();

describe.each([1, 2])('a flow over %i workers', (workers) => {
  it('feeds, captures, checks, runs hooks, and knows everywhere what the setup captured', async () => {
    const { result, slices, notices } = await made(scenario(`shop-${workers}`, { workers }));
    const kept = slices.flatMap((slice) => slice.kept);
    expect(kept.map(({ step, error, status }) => `${step} ${status} ${error}`)).toEqual([]);
    expect(notices).toEqual([]);
    const orders = shop.asked.filter(({ line }) => line === 'POST /orders');
    const views = shop.asked.filter(({ line }) => line.startsWith('GET /orders/'));
    expect(result.arrivals).toBe(60);
    expect(result.finished).toMatchObject({
      ok: 60 + views.length,
      check: 0,
      rejected: 0,
      fallback: 0,
      status: 0,
    });
    expect(orders).toHaveLength(60);
    // One row after another, whichever worker makes the iteration.
    for (const name of ['ann', "bob o'hara", 'c, d']) {
      expect(orders.filter(({ user }) => user === name)).toHaveLength(20);
    }
    expect(views.length).toBeGreaterThan(10);
    expect(views.length).toBeLessThan(50);
    for (const { line, signature } of views) {
      expect(signature.startsWith(`signed ${line.slice('GET /orders/'.length)} of `)).toBe(true);
    }
    expect(shop.lines('POST /login')).toHaveLength(1);
    expect(shop.lines('DELETE')).toHaveLength(1);
    expect(shop.asked[0]?.line).toBe('POST /login');
    expect(shop.asked.at(-1)?.line).toBe('DELETE /orders');
  });

  it('ends where the setup fails: the load does not begin, the teardown is made', async () => {
    shop.isRefusing = true;
    await expect(made(scenario(`refused-${workers}`, { workers }))).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringContaining('log-in: status 403'),
    });
    expect(sorted(shop.asked.map(({ line }) => line))).toEqual(['DELETE /orders', 'POST /login']);
  });

  it('tells of a teardown that fails', async () => {
    const { notices } = await made(scenario(`odd-${workers}`, { workers, teardownStatus: 204 }));
    expect(notices).toEqual(['the teardown failed: clean: status 200']);
  });
});

describe('callgauge run of a flow', () => {
  const dir = ['--dir', workplace.storeDir];
  /** Held open, so that the runs share one server. */
  let store: Store;

  beforeAll(async () => {
    store = await openStore({ dir: workplace.storeDir });
  });
  afterAll(() => store.close());

  it('reports every step of it, setup and teardown left out', async () => {
    const ended = await callgauge(['run', scenario('cli', { workers: 2 }), '--json', ...dir]);
    expectExit(ended, 0);
    const report = JSON.parse(ended.out) as {
      metadata: { runId: string };
      results: { steps: { step: string; overall: { calls: number; errors: number } }[] };
    };
    const { steps } = report.results;
    expect(steps.map(({ step }) => step)).toEqual(['order', 'see']);
    expect(steps[0]?.overall).toMatchObject({ calls: 60, errors: 0 });
    const { runId } = report.metadata;
    const reader = await openSpans({ dir: workplace.storeDir });
    try {
      const found = await Promise.all(
        ['setup', 'teardown'].map((value) =>
          reader.finder.find({
            ...{ runId, attributes: [{ key: 'callgauge.kept', value }] },
            ...{ order: 'newest', limit: 10 },
          }),
        ),
      );
      const [run, window] = [await reader.source.run(runId), { run: runId }];
      const { startedEpochMs = 0, endedEpochMs = 0 } = run ?? {};
      // One trace each, with their own times: before the load, and after it.
      expect(found).toMatchObject([
        [{ name: 'log-in', spanCount: 1, failedCount: 0 }],
        [{ name: 'clean', spanCount: 1, failedCount: 0 }],
      ]);
      const [[setup], [teardown]] = found as [[FoundTrace], [FoundTrace]];
      expect(setup.startEpochNs + setup.durationNs).toBeLessThan(epochNsFromMs(startedEpochMs));
      expect(teardown.startEpochNs).toBeGreaterThan(epochNsFromMs(endedEpochMs));
      // What asks about the traces of a run takes them for no load.
      const selection = await selectWindow(reader.source, window);
      const { table } = await reader.windows.spansIn(selection, 1_000);
      expect(table.names).not.toContain('log-in');
      expect(table.names).not.toContain('clean');
      const slowest = await reader.source.slowestCalls(runId, ['p', 'setup', 'teardown'], 100);
      expect(slowest.map(({ name }) => name)).not.toContain('clean');
    } finally {
      await reader.close();
    }
  });

  it('makes setup and teardown without the faults of the whole run', async () => {
    const entry = (step: string, path: string): string =>
      `step: ${step}, target: shop, http: { method: POST, path: ${path}, json: {} }`;
    const file = workplace.file(
      'broken.yaml',
      `name: broken
proxies: { shop: { upstream: "${new URL(url).host}", protocol: http } }
targets: { shop: { url: "\${proxies.shop.url}" } }
setup: [{ ${entry('log-in', '/login')} }]
flows: { buy: [{ ${entry('order', '/orders')} }] }
load:
  - { phase: steady, arrivals: { process: constant, rate: 20/s }, for: 500ms }
teardown: [{ ${entry('log-out', '/login')} }]
faults: [{ name: down, proxy: shop, toxic: { type: http_abort, status: 503 } }]
`,
    );
    const ended = await callgauge(['run', file, '--json', ...dir]);
    // No call of the load succeeds.
    expectExit(ended, 99);
    expect(ended.err).not.toContain('the teardown failed');
    expect(shop.lines('POST')).toEqual(['POST /login', 'POST /login']);
  });

  it('says of the checks that failed which, and how many', async () => {
    const path = scenario('cli-checks', { workers: 2, body: 'closed' });
    const ended = await callgauge(['run', path, '--json', ...dir]);
    const { results } = JSON.parse(ended.out) as {
      results: {
        errors: readonly { step: string; outcome: string; text: string; count: number }[];
        counters: { failedIterations: number };
        steps: readonly { step: string; tags: object }[];
      };
    };
    const views = shop.lines('GET /orders/').length;
    expect(results.errors).toMatchObject([
      {
        step: 'see',
        outcome: 'check',
        text: 'check body: does not hold "closed"',
        count: views,
      },
    ]);
    expect(results.counters.failedIterations).toBe(views);
    expect(results.steps[0]).toMatchObject({ step: 'order', tags: { team: 'checkout' } });
  });

  it('ends with 110 where the setup fails, and stores no run', async () => {
    shop.isRefusing = true;
    const ended = await callgauge(['run', scenario('cli-refused', { workers: 2 }), ...dir]);
    expect(ended.code).toBe(110);
    expect(ended.err).toContain('the setup failed, and the load was not begun: log-in: status 403');
    const runs = await callgauge(['runs', '--json', ...dir]);
    expect(runs.out).not.toContain('cli-refused');
  });

  it('ends with 130 soon after Ctrl-C in the setup', async () => {
    shop.isMute = true;
    const run = new CallgaugeProcess(['run', scenario('cli-mute', { workers: 2 }), ...dir]);
    const login = (): readonly string[] => shop.lines('POST /login');
    await expect.poll(login).toHaveLength(1);
    const atMs = epochNowMs();
    run.child.kill('SIGINT');
    const ended = await run.ended();
    expect(ended.code, ended.err).toBe(130);
    // It did not wait for the answer.
    expect(epochNowMs() - atMs).toBeLessThan(60_000);
    expect(shop.lines('POST /orders')).toEqual([]);
    expect(shop.lines('DELETE')).toHaveLength(1);
  });
});
