import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawAt } from '../../src/core/index.ts';
import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';

/*
 * What is recommended, tried on a real server. A crowded machine may starve the generator: a run is
 * invalid then, which is right, and what its parts say of failed calls holds all the same. Where it
 * is so crowded that no number of runs carries a timeout, that has to be said, and nothing is sent.
 */

const workplace = new Workplace();
const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  workplace.remove();
});

const CODES: Readonly<Record<string, number>> = {
  held: 0,
  'not-held': 120,
  'cannot-tell': 121,
  invalid: 122,
};

interface Side {
  readonly calls: number;
  readonly attempts: number;
  readonly retries: number;
  readonly errorRatio: number;
}

interface VerificationJson {
  readonly version: number;
  readonly verdict: string;
  readonly recommendedBy: readonly string[];
  readonly before: { readonly runId: string };
  readonly after: { readonly runId: string };
  readonly steps: readonly {
    readonly step: string;
    readonly before: Side;
    readonly after: Side;
    readonly parts: readonly { readonly part: string; readonly verdict: string }[];
  }[];
}

/** A server that answers the n-th request after 20 to 220 ms, or refuses it at once. */
async function serving(refuses: (n: number) => boolean): Promise<{
  readonly url: string;
  readonly count: () => number;
}> {
  let count = 0;
  const server = createServer((_request, response) => {
    const n = count++;
    if (refuses(n)) {
      response.writeHead(503).end('busy');
      return;
    }
    setTimeout(() => response.end('ok'), 20 + 200 * drawAt(1, 1, n));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
  };
}

function scenario(url: string, seconds: number, more = ''): string {
  return `name: tried
seed: 7
proxies: { api: { upstream: "${url.replace('http://', '')}", protocol: http } }
targets: { api: { url: "\${proxies.api.url}", connections: 300 } }
flows: { look: [{ step: home, target: api, timeout: 3s, http: { path: / } }] }
load: [{ phase: steady, for: ${seconds}s, arrivals: { rate: 50/s } }]
thresholds:
  - home.errors rate < 0.01%
${more}`;
}

const at = (...args: readonly string[]) => [...args, '--dir', workplace.storeDir];

/** Most runs that are made until one, or all together, carry a timeout. */
const RUNS_MAX = 4;

interface TunedRuns {
  readonly runs: readonly string[];
  /** Whether they carry a timeout. */
  readonly isTuned: boolean;
}

/** Returns runs of a scenario by which a timeout is recommended: one, on a machine that is free. */
async function tunedRuns(file: string): Promise<TunedRuns> {
  const runs: string[] = [];
  while (runs.length < RUNS_MAX) {
    const { out, err } = await callgauge(at('run', file, '--json'));
    expect(out, err).not.toBe('');
    runs.push((JSON.parse(out) as { metadata: { runId: string } }).metadata.runId);
    const tuned = await callgauge(at('tune', ...runs, '--json'));
    const { edges } = JSON.parse(tuned.out) as { edges: readonly { policy: object | null }[] };
    if (edges.some(({ policy }) => policy !== null)) return { runs, isTuned: true };
  }
  return { runs, isTuned: false };
}

async function expectTooFew(runs: readonly string[]): Promise<void> {
  const { code, out, err } = await callgauge(at('tune', ...runs, '--verify'));
  expect([code, out]).toEqual([121, '']);
  expect(err).toContain('no step of the run has a timeout that could be verified');
}

const STALLS = `faults:
  - name: stalls
    proxy: api
    toxic: { type: http_delay, delay: { distribution: constant, delay: 10s }, toxicity: 4% }
    during: { phase: steady, from: 22s, for: 6s }
`;

/** Refuses 4 of 100, whoever asks; a run of it. */
let flaky: Awaited<ReturnType<typeof serving>>;
let tuned: TunedRuns;

beforeAll(async () => {
  flaky = await serving((n) => drawAt(7, 2, n) < 0.04);
  tuned = await tunedRuns(workplace.file('tried.yaml', scenario(flaky.url, 30, STALLS)));
});

describe('callgauge tune --verify', () => {
  it('makes the calls again with and without what is recommended, and says that it helps', async () => {
    const { count } = flaky;
    const { runs: by, isTuned } = tuned;
    if (!isTuned) return expectTooFew(by);
    const sent = count();
    const { code, out, err } = await callgauge(at('tune', ...by, '--verify', '--json'));
    const found = JSON.parse(out) as VerificationJson;
    expect(found.version).toBe(1);
    expect(code).toBe(CODES[found.verdict]);
    expect(found.recommendedBy).toEqual(by);
    const [home] = found.steps;
    expect(home?.before.errorRatio).toBeGreaterThan(0.03);
    expect(home?.after.errorRatio).toBeLessThan(home?.before.errorRatio ?? 0);
    expect(home?.after.retries).toBeGreaterThan(20);
    expect(home?.parts.find(({ part }) => part === 'retries')?.verdict).not.toBe('not-held');
    // Those that a fault held were sent when their callers had long gone.
    const attempts = (home?.before.attempts ?? 0) + (home?.after.attempts ?? 0);
    expect(count() - sent).toBeGreaterThan(0.95 * attempts);
    expect(count() - sent).toBeLessThanOrEqual(attempts);
    expect(err).toContain(`the run after is ${found.after.runId}`);
    const runs = JSON.parse((await callgauge(at('runs', '--json'))).out) as {
      readonly runId: string;
      readonly scenario: string;
    }[];
    const names = new Map(runs.map(({ runId, scenario: name }) => [runId, name]));
    expect(names.get(found.before.runId)).toBe('tried@before');
    expect(names.get(found.after.runId)).toBe('tried@after');
    const report = await callgauge(at('report', found.after.runId));
    expect(report.out).toContain('tuned home');
  });

  it('says so where retries get nothing: the server takes no more', async () => {
    let tokens = 1;
    let lastMs = performance.now();
    const { url } = await serving(() => {
      const nowMs = performance.now();
      tokens = Math.min(1, tokens + (25 * (nowMs - lastMs)) / 1_000);
      lastMs = nowMs;
      if (tokens < 1) return true;
      tokens--;
      return false;
    });
    const full = await tunedRuns(workplace.file('full.yaml', scenario(url, 30)));
    const { runs } = full;
    if (!full.isTuned) return expectTooFew(runs);
    // It is made again as it was, whatever became of its file.
    workplace.file('full.yaml', 'name: another');
    const { code, out, err } = await callgauge(at('tune', ...runs, '--verify', '--json'));
    expect(err).toContain(`full.yaml has changed since run ${runs[0]}`);
    const found = JSON.parse(out) as VerificationJson;
    expect(['not-held', 'invalid']).toContain(found.verdict);
    expect(code).toBe(CODES[found.verdict]);
    const retries = found.steps[0]?.parts.find(({ part }) => part === 'retries');
    expect(retries?.verdict).toBe('not-held');
  });

  it('ends in order where it is interrupted, and names what it has', async () => {
    const { runs, isTuned } = tuned;
    if (!isTuned) return expectTooFew(runs);
    const running = new CallgaugeProcess(at('tune', ...runs, '--verify'));
    await running.says('the run before is ');
    running.child.kill('SIGINT');
    const { code, out, err } = await running.ended();
    expect(code).toBe(130);
    expect(out).toBe('');
    expect(err).toMatch(/the run after was not made|nothing was sent/u);
  });

  it('is refused for what no stored run is, before anything is sent', async () => {
    const both = await callgauge(at('tune', 'latest', '--verify', '--export', 'envoy'));
    expect(both.code).toBe(104);
    expect(both.err).toContain('--verify and --export exclude each other');
    const { url, count } = await serving(() => false);
    await callgauge(at('run', workplace.file('few.yaml', scenario(url, 1))));
    const sent = count();
    const tooFew = await callgauge(at('tune', 'latest', '--verify'));
    expect(tooFew.code).toBe(121);
    expect(tooFew.err).toContain('no step of the run has a timeout that could be verified');
    expect(count()).toBe(sent);
  });
});
