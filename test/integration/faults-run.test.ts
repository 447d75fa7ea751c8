import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openStore } from '../../src/store/index.ts';
import { callgauge, Workplace } from '../cli/callgauge-process.ts';

interface FaultJson {
  readonly fault: string;
  readonly placeKind: string;
  readonly place: string;
  readonly effect: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly fromNs: number;
  readonly toNs: number;
  readonly steps: readonly {
    readonly before: CallsJson;
    readonly during: CallsJson;
    readonly after: CallsJson;
    readonly recovery: { readonly state: string; readonly atMostNs: number | null };
  }[];
}

interface CallsJson {
  readonly calls: number;
  readonly errorRatio: number;
  readonly response: {
    readonly percentiles: readonly { readonly percent: number; readonly valueNs: number | null }[];
  };
}

interface Report {
  readonly metadata: { readonly runId: string };
  readonly results: {
    readonly faults: readonly FaultJson[];
    readonly slowestCalls: readonly { readonly fault: string }[];
    readonly healthy: { readonly seconds: number };
  };
}

const SERVICE = resolve(import.meta.dirname, '../processes/fixtures/service.ts');
let workplace: Workplace;

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => {
  workplace.remove();
});

/** One service behind a proxy, called at a constant rate for some seconds. */
function scenario(options: { readonly forSec: number; readonly faults: string }): string {
  return workplace.file(
    'faults.yaml',
    `name: faults
seed: 11
services:
  api: { command: [node, ${SERVICE}, well], ready: / }
proxies:
  api: { upstream: "\${services.api.address}", protocol: http }
targets:
  api: { url: "\${proxies.api.url}", connections: 200 }
flows:
  look:
    - { step: home, target: api, timeout: 3s, http: { path: / } }
load:
  - phase: warm-up
    arrivals: { process: constant, rate: 200/s }
    for: 1s
    measure: false
  - phase: steady
    arrivals: { process: constant, rate: 200/s }
    for: ${options.forSec}s
trace: { keep: { head: 100%, errors: all, slow: 1% } }
faults:
${options.faults}`,
  );
}

async function report(file: string): Promise<Report> {
  const ended = await callgauge(['run', file, '--json', '--dir', workplace.storeDir]);
  expect(ended.err).not.toContain('bug');
  expect(ended.code).toBe(0);
  expect(workplace.processes()).toEqual([]);
  return JSON.parse(ended.out) as Report;
}

/** The numbers of the arrivals that were answered with a status that is an error. */
async function failedArrivals(runId: string): Promise<readonly number[]> {
  const store = await openStore({ dir: workplace.storeDir });
  try {
    const rows = await store.connection.select<{ readonly seq: number }>(
      `SELECT toUInt32(SpanAttributes['callgauge.seq']) AS seq FROM otel_traces
       WHERE RunId = '${runId}' AND SpanAttributes['callgauge.outcome'] = 'status' ORDER BY seq`,
    );
    return rows.map(({ seq }) => seq);
  } finally {
    await store.close();
  }
}

function p50(calls: CallsJson | undefined): number | null | undefined {
  return calls?.response.percentiles.find(({ percent }) => percent === 50)?.valueNs;
}

describe('a run with faults', () => {
  it('shows a delay, a pause and a kill before, during and after, and that the service recovered', async () => {
    // Between two faults lie the seconds that recovery may take here, the five in which it must last,
    // and the one that is kept free before the next.
    const file = scenario({
      forSec: 31,
      faults: `  - name: slow
    proxy: api
    toxic: { type: http_delay, delay: { distribution: constant, delay: 200ms } }
    during: { phase: steady, from: 4s, for: 1s }
  - name: frozen
    service: api
    do: pause
    during: { phase: steady, from: 13s, for: 1s }
  - name: crashed
    service: api
    do: kill
    during: { phase: steady, from: 22s, for: 1s }
`,
    });
    const { results } = await report(file);
    expect(results.faults).toMatchObject([
      { fault: 'slow', placeKind: 'proxy', place: 'api', effect: 'http_delay' },
      { fault: 'frozen', placeKind: 'service', place: 'api', effect: 'pause' },
      { fault: 'crashed', placeKind: 'service', place: 'api', effect: 'kill' },
    ]);
    const [slow, frozen, crashed] = results.faults;
    for (const fault of results.faults) {
      const lastedNs = fault.toNs - fault.fromNs;
      expect(lastedNs).toBeGreaterThan(0.9e9);
      const [effect] = fault.steps;
      expect(effect?.recovery).toMatchObject({ state: 'recovered' });
      expect(effect?.recovery.atMostNs).toBeLessThan(2e9);
      expect(effect?.before.errorRatio).toBe(0);
      // A call may meet the very end of a connection to the service that was killed.
      expect(effect?.after.errorRatio).toBeLessThan(0.005);
    }
    expect(p50(slow?.steps[0]?.before)).toBeLessThan(50e6);
    expect(p50(slow?.steps[0]?.during)).toBeGreaterThan(150e6);
    expect(p50(frozen?.steps[0]?.during)).toBeGreaterThan(50e6);
    expect(crashed?.steps[0]?.during.errorRatio).toBeGreaterThan(0.2);
    expect(Number(crashed?.attributes['startUpNs'])).toBeGreaterThan(10e6);
    expect(new Set(results.slowestCalls.map(({ fault }) => fault))).toEqual(new Set(['frozen']));
  });

  it('breaks the same calls when it is made again with the same seed', async () => {
    const file = scenario({
      forSec: 4,
      faults: `  - name: refused
    proxy: api
    toxic: { type: http_abort, status: 503, toxicity: 30% }
`,
    });
    const first = await report(file);
    const again = await report(file);
    const failed = await failedArrivals(first.metadata.runId);
    expect(await failedArrivals(again.metadata.runId)).toEqual(failed);
    // 1,000 arrivals, the warm-up's among them; five standard deviations of 14.5.
    expect(failed.length).toBeGreaterThan(300 - 73);
    expect(failed.length).toBeLessThan(300 + 73);
    // It is a condition of the run: no time is kept out of it.
    expect(first.results.healthy.seconds).toBeGreaterThanOrEqual(4);
    expect(first.results.faults).toMatchObject([
      { fault: 'refused', attributes: { during: 'run' }, fromNs: 0 },
    ]);
  });

  it('delays as a stored run measured it', async () => {
    const slow = scenario({
      forSec: 3,
      faults: `  - name: slow
    proxy: api
    toxic: { type: http_delay, delay: { distribution: uniform, from: 60ms, to: 90ms } }
`,
    });
    const { metadata } = await report(slow);
    const replayed = scenario({
      forSec: 3,
      faults: `  - name: as-measured
    proxy: api
    toxic: { type: http_delay, delay: { distribution: histogram, run: latest, step: home } }
`,
    });
    const { results } = await report(replayed);
    const [fault] = results.faults;
    expect(fault?.attributes['delay']).toContain(`run ${metadata.runId}, home, service time`);
    expect(p50(fault?.steps[0]?.during)).toBeGreaterThan(70e6);
    expect(p50(fault?.steps[0]?.during)).toBeLessThan(130e6);
  });
});
