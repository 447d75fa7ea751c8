import {
  epochNsFromMs,
  NS_PER_MS,
  NS_PER_SEC,
  rngFrom,
  statusCounter,
  type CounterName,
  type CounterSlice,
  type FaultWindow,
  type HistogramSlice,
  type Outcome,
  type Rng,
  type Span,
} from '../../src/core/index.ts';
import type { EdgeAttempts } from '../../src/spans/index.ts';
import { histogramOf, runRecord, type StoredRun } from '../analyze/memory-source.ts';

/** What a made-up run of one step looks like; its calls are drawn from the seed. */
export interface SampleRun {
  readonly seed: number;
  readonly ratePerSec: number;
  readonly fromSec: number;
  readonly toSec: number;
  readonly fault?: { readonly fromSec: number; readonly toSec: number; readonly addMs: number };
  readonly timeoutMs: number;
  /** How long the generator stalls at the beginning of every second. */
  readonly stallMs?: number;
  /** Shares of calls that end so. */
  readonly statusRatio?: number;
  readonly transportRatio?: number;
  readonly step?: string;
  readonly target?: string;
}

/** Returns the histograms per second of a step whose service time is lognormal, median 12 ms. */
export function sampleSeconds(sample: SampleRun): readonly HistogramSlice[] {
  const rng = rngFrom(sample.seed, 'sample');
  const slices: HistogramSlice[] = [];
  for (let second = sample.fromSec; second < sample.toSec; second++) {
    const service = new Map<Outcome, number[]>();
    const response = new Map<Outcome, number[]>();
    const corrected = new Map<Outcome, number[]>();
    const lags: number[] = [];
    for (let i = 0; i < sample.ratePerSec; i++) {
      const stalledNs = Math.max(0, (sample.stallMs ?? 0) - (i / sample.ratePerSec) * 1_000) * 1e6;
      const lagNs = 400 + Math.round(rng.nextFloat() ** 8 * 200_000 + stalledNs);
      const { outcome, serviceNs } = drawCall(sample, second, rng);
      lags.push(lagNs);
      service.set(outcome, [...(service.get(outcome) ?? []), serviceNs]);
      response.set(outcome, [...(response.get(outcome) ?? []), serviceNs + lagNs + 300_000]);
      corrected.set(outcome, [...(corrected.get(outcome) ?? []), serviceNs + 300_000]);
    }
    const phase = second < 5 ? 'warm-up' : 'steady';
    const key = { second, phase, step: sample.step ?? 'create-order' };
    const target = sample.target ?? 'orders';
    for (const [outcome, values] of service) {
      slices.push({ ...key, target, outcome, clock: 'service', ...histogramOf(values) });
    }
    for (const [outcome, values] of response) {
      slices.push({ ...key, target, outcome, clock: 'response', ...histogramOf(values) });
    }
    for (const [outcome, values] of corrected) {
      slices.push({ ...key, target, outcome, clock: 'corrected', ...histogramOf(values) });
    }
    const ofRun = { second, phase, step: '', target: '', outcome: 'ok' } as const;
    slices.push({ ...ofRun, clock: 'lag', ...histogramOf(lags) });
    slices.push({ ...ofRun, clock: 'uncertainty', ...histogramOf(lags.map((ns) => ns / 4)) });
  }
  return slices;
}

function drawCall(
  sample: SampleRun,
  second: number,
  rng: Rng,
): { outcome: Outcome; serviceNs: number } {
  const { fault, timeoutMs } = sample;
  const [u, v] = [rng.nextFloat(), rng.nextFloat()];
  const gauss = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
  const faulty = fault !== undefined && second >= fault.fromSec && second < fault.toSec;
  const ms =
    12 * Math.exp(0.35 * gauss) + (faulty ? fault.addMs * (0.8 + 0.4 * rng.nextFloat()) : 0);
  const fate = rng.nextFloat();
  if (fate < (sample.transportRatio ?? 0)) return { outcome: 'transport', serviceNs: 200_000 };
  if (fate > 1 - (sample.statusRatio ?? 0)) return { outcome: 'status', serviceNs: ms * NS_PER_MS };
  if (ms > timeoutMs) return { outcome: 'timeout', serviceNs: timeoutMs * NS_PER_MS };
  return { outcome: 'ok', serviceNs: ms * NS_PER_MS };
}

/** Returns the durations of `n` attempts of a service that answers in about `medianMs`. */
export function sampleEdge(
  edge: { readonly callee: string; readonly operation: string; readonly medianMs: number },
  n: number,
  failed = 0,
): EdgeAttempts {
  const rng = rngFrom(7, edge.operation);
  const values = Array.from({ length: n }, () => {
    const gauss = Math.sqrt(-2 * Math.log(1 - rng.nextFloat())) * Math.cos(6.283 * rng.nextFloat());
    return edge.medianMs * NS_PER_MS * Math.exp(0.4 * gauss);
  });
  const { callee, operation } = edge;
  return {
    caller: 'orders',
    callee,
    operation,
    seconds: EDGE_SECONDS.map((second, at) => ({
      second,
      ok: histogramOf(values.filter((_, i) => i % EDGE_SECONDS.length === at)),
      cutOff: { valueNs: [], count: [] },
    })),
    failed,
  };
}

const EDGE_SECONDS = Array.from({ length: 20 }, (_, i) => 10 + i);

export function counters(values: Partial<Record<CounterName, number>>): CounterSlice[] {
  return Object.entries(values).map(([counter, value]) => ({
    second: 0,
    phase: 'steady',
    step: '',
    counter: counter as CounterName,
    value,
  }));
}

export const STALL: FaultWindow = {
  fault: 'payment-stall',
  placeKind: 'proxy',
  place: 'payment',
  effect: 'latency',
  attributes: {
    latencyNs: '250000000',
    jitterNs: '50000000',
    stream: 'downstream',
    toxicity: '1',
  },
  fromNs: 15.02 * NS_PER_SEC,
  toNs: 19.98 * NS_PER_SEC,
};

/** Returns a kept call of the harness, the `index`-th slowest of the made-up run. */
export function slowSpan(index: number, attributes: Readonly<Record<string, string>> = {}): Span {
  const sentMs = 15_400 + index * 731.5;
  return span({
    traceId: `6920b6a75d1f3c09${(0xa1b2c3d4e5 + index * 7_919).toString(16).padStart(16, '0')}`,
    spanId: `00000000000000${(16 + index).toString(16)}`,
    name: 'create-order',
    startEpochNs: epochNsFromMs(runRecord().startedEpochMs + sentMs),
    durationNs: BigInt((412 - index * 9) * NS_PER_MS),
    attributes: {
      'callgauge.step': 'create-order',
      'callgauge.phase': 'steady',
      'callgauge.outcome': 'ok',
      'callgauge.response_ns': String((413 - index * 9) * NS_PER_MS),
      ...attributes,
    },
  });
}

export function span(changes: Partial<Span>): Span {
  return {
    traceId: '6920b6a75d1f3c0900000000000000aa',
    spanId: '00000000000000a1',
    parentSpanId: '',
    traceState: '',
    name: 'create-order',
    kind: 'Client',
    serviceName: 'callgauge',
    startEpochNs: epochNsFromMs(runRecord().startedEpochMs),
    durationNs: 1_000_000n,
    status: 'Unset',
    statusMessage: '',
    resourceAttributes: {},
    attributes: {},
    scopeName: 'callgauge',
    scopeVersion: '0.1.0',
    events: [],
    links: [],
    ...changes,
  };
}

/** A sending thread that has time to spare, over 30 s. */
const QUIET_THREAD = {
  sender_ns: 30e9,
  sender_cpu_ns: 3.6e9,
  run_delay_ns: 0.15e9,
  gc_pause_ns: 9e6,
} as const;

/** The generator stood still for 50 ms of every second, and its host for much of the rest. */
export function starvedRun(): StoredRun {
  const sample = { seed: 1, ratePerSec: 400, fromSec: 0, toSec: 35, timeoutMs: 2_000, stallMs: 50 };
  const pauses = { phase: 'steady', step: '', target: '', outcome: 'ok', clock: 'gc' } as const;
  return {
    run: runRecord(),
    seconds: [
      ...sampleSeconds(sample),
      { ...pauses, second: 6, valueNs: [400_000, 4.1e6], count: [30, 1] },
    ],
    counters: counters({ arrivals: 12_000, ...QUIET_THREAD, run_delay_ns: 3e9 }),
  };
}

/** Nothing went wrong, and the sample carries what is asked of it. */
export function healthyRun(): StoredRun {
  const sample = { seed: 1, ratePerSec: 400, fromSec: 0, toSec: 35, timeoutMs: 2_000 };
  return {
    run: runRecord(),
    seconds: sampleSeconds(sample),
    counters: counters({ arrivals: 12_000, ...QUIET_THREAD }),
    spans: [0, 1, 2].map((i) => slowSpan(i)),
    edges: [
      sampleEdge({ callee: 'inventory', operation: 'GET /api/stock', medianMs: 3 }, 12_000),
      sampleEdge({ callee: 'payment', operation: 'POST /api/charges', medianMs: 6 }, 12_000),
    ],
  };
}

const FAILED = { second: 0, phase: 'steady', step: 'create-order' } as const;

/** A stall in the path of payment, timeouts, failures, and work that was dropped. */
export function troubledRun(): StoredRun {
  const fault = { fromSec: 15, toSec: 20, addMs: 250 };
  const shape = { seed: 2, ratePerSec: 400, fromSec: 0, toSec: 35, timeoutMs: 320, fault };
  return {
    run: runRecord(),
    seconds: sampleSeconds({ ...shape, statusRatio: 0.002, transportRatio: 0.001 }),
    counters: counters({
      arrivals: 12_000,
      dropped_arrivals: 17,
      late_responses: 41,
      reconnects: 12,
      abandoned_steps: 6,
      failed_iterations: 61,
      failed_hooks: 2,
      resent_calls: 3,
      ...QUIET_THREAD,
    }).concat(
      [
        ['404', 20],
        ['503', 4],
        ['201', 11_850],
      ].map(([status, value]) => ({
        ...FAILED,
        counter: statusCounter(String(status)),
        value: Number(value),
      })),
    ),
    arrivals: Array.from({ length: 30 }, (_, i) => ({
      second: 5 + i,
      phase: 'steady',
      arrivals: 400,
      dropped: i === 11 ? 17 : 0,
    })),
    errors: [
      { ...FAILED, outcome: 'transport', text: 'ECONNRESET', count: 12 },
      { ...FAILED, outcome: 'check', text: 'check json $.state: is not "open"', count: 3 },
      { ...FAILED, outcome: 'status', text: 'status 503', count: 24 },
    ],
    connectErrors: [
      { second: 0, phase: 'steady', target: 'orders', text: 'ECONNREFUSED', count: 31 },
      {
        second: 0,
        phase: 'steady',
        target: 'orders',
        text: 'ECONNRESET in the TLS handshake',
        count: 2,
      },
    ],
    examples: [
      {
        step: 'create-order',
        outcome: 'status',
        text: 'status 503',
        traceIds: ['6920b6a75d1f3c09000000a1b2c3e3d0', '6920b6a75d1f3c09000000a1b2c402bf'],
      },
      {
        step: 'create-order',
        outcome: 'transport',
        text: 'ECONNRESET',
        traceIds: ['6920b6a75d1f3c09000000a1b2c421ae'],
      },
    ],
    failedAttempts: [
      {
        caller: 'orders',
        callee: 'payment',
        operation: 'POST /api/charges',
        text: 'status 503',
        count: 1_014,
        traceIds: ['6920b6a75d1f3c09000000a1b2c3e3d0', '6920b6a75d1f3c09000000a1b2c402bf'],
      },
      {
        caller: 'orders',
        callee: 'recommendation-service.shop.svc.cluster.local:8080',
        operation: 'GET /api/recommendations/for-customer',
        text: 'connect ECONNREFUSED 10.96.114.201:8080 after 3 attempts',
        count: 2,
        traceIds: ['6920b6a75d1f3c09000000a1b2c421ae'],
      },
    ],
    windows: [STALL],
    spans: [0, 1, 2, 3, 4, 5].map((i) =>
      slowSpan(i, {
        'callgauge.fault': 'payment-stall',
        ...(i < 2 ? { 'callgauge.outcome': 'timeout' } : {}),
      }),
    ),
    edges: [
      sampleEdge({ callee: 'inventory', operation: 'GET /api/stock', medianMs: 3 }, 9_200),
      sampleEdge({ callee: 'payment', operation: 'POST /api/charges', medianMs: 6 }, 9_200, 14),
    ],
  };
}

/** Stopped by the user in the eleventh second of the second phase. */
export function stoppedRun(): StoredRun {
  const run = runRecord();
  const sample = { seed: 3, ratePerSec: 400, fromSec: 0, toSec: 16, timeoutMs: 2_000 };
  return {
    run: { ...run, status: 'partial', endedEpochMs: run.startedEpochMs + 15_730 },
    seconds: sampleSeconds(sample),
    counters: counters({ arrivals: 4_400 }),
    spans: [slowSpan(0)],
    edges: [sampleEdge({ callee: 'payment', operation: 'POST /api/charges', medianMs: 6 }, 4_400)],
  };
}

/** Twenty calls a second: too few for any tail. */
export function thinRun(): StoredRun {
  const sample = { seed: 4, ratePerSec: 20, fromSec: 0, toSec: 35, timeoutMs: 2_000 };
  return {
    run: runRecord(),
    seconds: sampleSeconds(sample),
    counters: counters({ arrivals: 600 }),
    edges: [sampleEdge({ callee: 'payment', operation: 'POST /api/charges', medianMs: 6 }, 600)],
  };
}
