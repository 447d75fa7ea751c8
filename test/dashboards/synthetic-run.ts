import {
  epochNowMs,
  NS_PER_MS,
  NS_PER_SEC,
  statusCounter,
  type CounterSlice,
  type FaultWindow,
  type HistogramSlice,
  type RunRecord,
  type Span,
} from '../../src/core/index.ts';

/** A small run made up by hand: two phases, two steps, every outcome, one fault, whole traces. */
export interface SyntheticRun {
  readonly run: RunRecord;
  readonly histograms: readonly HistogramSlice[];
  readonly counters: readonly CounterSlice[];
  readonly faultWindows: readonly FaultWindow[];
  readonly spans: readonly Span[];
}

export const STEPS = ['create-order', 'read-order'] as const;
/** A whole minute of the last two: the store leaves out spans whose time is far from now. */
export const STARTED_MS = (Math.floor(epochNowMs() / 60_000) - 1) * 60_000;
export const RUN_ID = `${(STARTED_MS / 1_000).toString(16)}c0ffee00`;
export const WARM_UP_SEC = 5;
export const RUN_SEC = 30;
export const OK_PER_SECOND = 40;
/** The calls of one second that are not ok, by outcome. */
export const FAILED_PER_SECOND = { status: 2, timeout: 1, transport: 1, cancelled: 1 } as const;

export function syntheticRun(): SyntheticRun {
  return {
    run: {
      runId: RUN_ID,
      scenario: 'checkout',
      startedEpochMs: STARTED_MS,
      endedEpochMs: STARTED_MS + RUN_SEC * 1_000,
      status: 'complete',
      seed: 42,
      phases: [
        {
          name: 'warm-up',
          fromNs: 0,
          toNs: WARM_UP_SEC * NS_PER_SEC,
          model: 'open',
          measured: false,
        },
        {
          name: 'steady',
          fromNs: WARM_UP_SEC * NS_PER_SEC,
          toNs: RUN_SEC * NS_PER_SEC,
          model: 'open',
          measured: true,
        },
      ],
      source: 'name: checkout\n',
      plan: '',
      verdict: '',
      harnessVersion: '0.1.0',
      environment: { node: 'v24' },
    },
    histograms: seconds().flatMap(histogramsOf),
    counters: seconds().flatMap(countersOf),
    faultWindows: [
      {
        fault: 'payment-stall',
        placeKind: 'proxy',
        place: 'payment',
        effect: 'latency',
        attributes: { latency: '250ms', jitter: '50ms' },
        fromNs: 15 * NS_PER_SEC,
        toNs: 20 * NS_PER_SEC,
      },
    ],
    spans: seconds().flatMap(spansOf),
  };
}

/** What one second of one phase brings, in the form in which the engine hands it on. */
export function histogramsOf(second: number): HistogramSlice[] {
  const phase = phaseOf(second);
  return STEPS.flatMap((step) => {
    const key = { second, phase, step, target: 'orders' } as const;
    const timed = { valueNs: [3 * NS_PER_MS, 40 * NS_PER_MS], count: [OK_PER_SECOND - 1, 1] };
    const failed = Object.entries(FAILED_PER_SECOND).flatMap(([outcome, count]) =>
      (['response', 'service'] as const).map((clock) => ({
        ...key,
        outcome: outcome as keyof typeof FAILED_PER_SECOND,
        clock,
        valueNs: [500 * NS_PER_MS],
        count: [count],
      })),
    );
    return [
      { ...key, outcome: 'ok', clock: 'response', ...timed },
      { ...key, outcome: 'ok', clock: 'service', ...timed },
      { ...key, outcome: 'ok', clock: 'lag', valueNs: [20_000], count: [OK_PER_SECOND] },
      { ...key, outcome: 'ok', clock: 'connect', valueNs: [300_000], count: [1] },
      ...failed,
    ] satisfies HistogramSlice[];
  });
}

export function countersOf(second: number): CounterSlice[] {
  const key = { second, phase: phaseOf(second), step: '' };
  return [
    { ...key, counter: 'arrivals', value: 50 },
    { ...key, counter: 'dropped_arrivals', value: second === 20 ? 3 : 0 },
    { ...key, counter: 'late_responses', value: 1 },
    { ...key, counter: 'abandoned_steps', value: 5 },
    { ...key, counter: 'reconnects', value: 2 },
    { ...key, counter: 'dropped_spans', value: 0 },
    { ...key, counter: 'bytes_in', value: 40_000 },
    { ...key, counter: 'bytes_out', value: 9_000 },
    ...STEPS.flatMap((step) => [
      { ...key, step, counter: statusCounter('201'), value: OK_PER_SECOND },
      { ...key, step, counter: statusCounter('503'), value: FAILED_PER_SECOND.status },
    ]),
  ];
}

function seconds(): number[] {
  return Array.from({ length: RUN_SEC }, (_, second) => second);
}

function phaseOf(second: number): string {
  return second < WARM_UP_SEC ? 'warm-up' : 'steady';
}

/**
 * One kept call of a second: callgauge -> orders -> payment, and a call to something that sends no
 * spans.
 *
 *   callgauge create-order   |-------------------|
 *     orders  (Server)         |--------------|
 *     orders  (Client)           |-----|            -> payment (Server)
 *     orders  (Client)                   |--|       -> 10.0.0.9
 */
function spansOf(second: number): Span[] {
  const traceId = `${RUN_ID}${(second + 1).toString(16).padStart(16, '0')}`;
  const startEpochNs = BigInt(STARTED_MS + second * 1_000) * 1_000_000n;
  const id = (n: number): string => (second * 16 + n).toString(16).padStart(16, '0');
  const span = (
    n: number,
    parent: number | undefined,
    rest: Pick<Span, 'name' | 'kind' | 'serviceName'> & Partial<Span>,
  ): Span => ({
    traceId,
    spanId: id(n),
    parentSpanId: parent === undefined ? '' : id(parent),
    traceState: '',
    startEpochNs: startEpochNs + BigInt(n) * 1_000_000n,
    durationNs: BigInt((40 - 5 * n + second) * NS_PER_MS),
    status: 'Unset',
    statusMessage: '',
    resourceAttributes: { 'service.name': rest.serviceName },
    attributes: {},
    scopeName: 'test',
    scopeVersion: '1',
    events: [],
    links: [],
    ...rest,
  });
  return [
    span(1, undefined, {
      name: STEPS[second % 2] ?? STEPS[0],
      kind: 'Client',
      serviceName: 'callgauge',
      attributes: {
        'callgauge.run.id': RUN_ID,
        'callgauge.phase': phaseOf(second),
        'callgauge.outcome': 'ok',
        'callgauge.response_ns': String((41 + second) * NS_PER_MS),
        'callgauge.lag_ns': '20000',
        'callgauge.wait_ns': '100000',
        'callgauge.kept': 'slow',
      },
    }),
    span(2, 1, { name: 'POST /api/orders', kind: 'Server', serviceName: 'orders' }),
    span(3, 2, {
      name: 'POST /api/charges',
      kind: 'Client',
      serviceName: 'orders',
      status: second % 10 === 0 ? 'Error' : 'Unset',
    }),
    span(4, 3, {
      name: 'POST /api/charges',
      kind: 'Server',
      serviceName: 'payment',
      events: [{ epochNs: startEpochNs, name: 'exception', attributes: { 'exception.type': 'E' } }],
      links: [{ traceId, spanId: id(1), traceState: '', attributes: { why: 'batch' } }],
    }),
    span(5, 2, {
      name: 'GET /rates',
      kind: 'Client',
      serviceName: 'orders',
      attributes: { 'server.address': '10.0.0.9' },
    }),
  ];
}
