import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openStore } from '../../src/store/index.ts';
import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';

interface Report {
  readonly metadata: { readonly status: string };
  readonly results: {
    readonly healthy: { readonly seconds: number };
    readonly faults: readonly {
      readonly fault: string;
      readonly fromNs: number;
      readonly toNs: number;
      readonly attributes: Readonly<Record<string, string>>;
      readonly steps: readonly { readonly recovery: { readonly reason: string | null } }[];
    }[];
  };
}

/** Seconds that a crowded machine may need; a test that passes does not wait for them. */
const WITHIN = { timeout: 60_000 };
const SERVICE = resolve(import.meta.dirname, '../processes/fixtures/service.ts');
let workplace: Workplace;

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => {
  workplace.remove();
});

/** A service that starts once, and ends at once when it is started again. */
function startsOnce(): string {
  return workplace.file(
    'starts-once.mjs',
    `import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const mark = new URL('started', import.meta.url);
if (existsSync(mark)) { console.error('the lock is taken'); process.exit(3); }
writeFileSync(mark, '');
createServer((_, response) => response.end()).listen(Number(process.env.PORT), '127.0.0.1');
`,
  );
}

function scenario(service: string, fault: string): string {
  return workplace.file(
    'faults.yaml',
    `name: cut-short
services:
  api: { command: [node, ${service}, well], ready: / }
proxies:
  api: { upstream: "\${services.api.address}" }
targets:
  api: { url: "\${proxies.api.url}", connections: 200 }
flows:
  look:
    - { step: home, target: api, timeout: 1s, http: { path: / } }
load:
  - phase: steady
    arrivals: { process: constant, rate: 100/s }
    for: 60s
faults:
  - ${fault}
`,
  );
}

/**
 * Starts a run and resolves when its fault is active, and stored as such with calls up to a second.
 */
async function inTheWindow(file: string, second = 0): Promise<CallgaugeProcess> {
  const run = new CallgaugeProcess(['run', file, '--json', '--dir', workplace.storeDir]);
  await run.says('store at');
  const store = await openStore({ dir: workplace.storeDir });
  try {
    const latest = async (): Promise<string> => (await store.source.run('latest'))?.runId ?? '';
    const lastSecond = async (): Promise<number> => {
      const slices = await store.source.seconds(await latest(), []);
      return Math.max(...slices.map((slice) => slice.second));
    };
    await expect
      .poll(async () => store.source.faultWindows(await latest()), WITHIN)
      .toMatchObject([{ toNs: Infinity }]);
    await expect.poll(lastSecond, WITHIN).toBeGreaterThanOrEqual(second);
  } finally {
    await store.close();
  }
  return run;
}

async function reported(): Promise<Report> {
  const { out } = await callgauge(['report', 'latest', '--json', '--dir', workplace.storeDir]);
  return JSON.parse(out) as Report;
}

describe('a run that is cut short while a fault is active', () => {
  it('by SIGKILL, keeps the window: until its last second nothing is healthy', async () => {
    const toxic = 'toxic: { type: latency, latency: 100ms }';
    const during = 'during: { phase: steady, from: 2s, for: 50s }';
    const run = await inTheWindow(
      scenario(SERVICE, `{ name: slow, proxy: api, ${toxic}, ${during} }`),
      3,
    );
    run.child.kill('SIGKILL');
    await run.ended();
    const { metadata, results } = await reported();
    expect(metadata.status).toBe('unfinished');
    const [fault] = results.faults;
    expect(fault?.toNs).toBeGreaterThan(fault?.fromNs ?? 0);
    // It was to last until second 52.
    expect(fault?.toNs).toBeLessThan(52e9);
    expect(fault?.steps[0]?.recovery.reason).toBe('the run was stopped');
    // Of the seconds before it, the last is the window's guard.
    expect(results.healthy.seconds).toBeLessThanOrEqual((fault?.fromNs ?? 0) / 1e9 - 1);
  });

  it('by Ctrl-C, does not start again what was killed, and reports', async () => {
    const during = 'during: { phase: steady, from: 1s, for: 50s }';
    const fault = `{ name: crashed, service: api, do: kill, ${during} }`;
    const run = await inTheWindow(scenario(startsOnce(), fault));
    run.child.kill('SIGINT');
    const { code, out, err } = await run.ended();
    expect(err).not.toContain('SERVICE_START_FAILED');
    expect(code).toBe(130);
    const { metadata, results } = JSON.parse(out) as Report;
    expect(metadata.status).toBe('partial');
    expect(results.faults).toMatchObject([{ fault: 'crashed', attributes: { signal: 'SIGKILL' } }]);
    expect(results.faults[0]?.attributes).not.toHaveProperty('startUpNs');
    expect(workplace.processes()).toEqual([]);
  });

  it('by a service that does not start again, says which fault, and why it ended', async () => {
    const during = 'during: { phase: steady, from: 1s, for: 500ms }';
    const file = scenario(startsOnce(), `{ name: crashed, service: api, do: kill, ${during} }`);
    const { code, err } = await callgauge(['run', file, '--dir', workplace.storeDir]);
    expect(err).toContain('fault crashed: service api ended with code 3 before it was ready');
    expect(err).toContain('the lock is taken');
    expect(code).not.toBe(0);
    expect(workplace.processes()).toEqual([]);
  });

  it('before it has begun, by a process that is not there: the fault and its place are named', async () => {
    const during = 'during: { phase: steady, from: 1s, for: 500ms }';
    const file = scenario(SERVICE, `{ name: gone, pid: 4194305, do: pause, ${during} }`);
    const { err } = await callgauge(['run', file, '--dir', workplace.storeDir]);
    expect(err).toContain('fault gone, faults[0].pid: no process has the id 4194305');
    expect(err).not.toContain('opening the store');
  });
});
