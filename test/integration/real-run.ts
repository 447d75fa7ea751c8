import {
  type CallClock,
  epochNowMs,
  type Ms,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  type SparseHistogram,
  mergeSparse,
} from '../../src/core/index.ts';
import type { EngineResult } from '../../src/engine/index.ts';
import { type Sender, startSender } from '../../src/sender/index.ts';
import type { KeptCall, RecordSlice } from '../../src/record/index.ts';
import type { HttpRequestSpec, PacingMode, ReachSpec, Scenario } from '../../src/scenario/index.ts';

export interface RealRunOptions {
  readonly url: string;
  readonly ratePerSec: number;
  readonly durationNs: Ns;
  readonly connections?: number;
  readonly timeoutNs?: Ns;
  readonly connectTimeoutNs?: Ns;
  readonly gracefulStopNs?: Ns;
  readonly pacing?: PacingMode;
  readonly workers?: number;
  readonly maxInFlight?: number;
  readonly http?: Partial<HttpRequestSpec>;
  readonly headRatio?: number;
  readonly reach?: ReachSpec;
  /** When the run's clock begins; shortly after the engine is ready where it is not given. */
  readonly originEpochMs?: Ms;
  readonly onBegun?: (handle: Sender) => void;
}

export interface RealRun {
  readonly result: EngineResult;
  readonly slices: readonly RecordSlice[];
  readonly kept: readonly KeptCall[];
  histogram(clock: CallClock, outcome?: Outcome): SparseHistogram;
  counter(name: string): number;
}

export const RUN_ID = '0123456789abcdef';

/** Runs one step of one flow with the real engine, against whatever listens at the url. */
export async function realRun(options: RealRunOptions): Promise<RealRun> {
  const slices: RecordSlice[] = [];
  const handle = await startSender({
    scenario: realScenario(options),
    runId: RUN_ID,
    onSlice: (slice) => slices.push(slice),
  });
  handle.begin(options.originEpochMs ?? epochNowMs() + 20);
  options.onBegun?.(handle);
  const result = await handle.ended;
  const histograms = slices.flatMap((slice) => slice.histograms);
  const counters = slices.flatMap((slice) => slice.counters);
  return {
    result,
    slices,
    kept: slices.flatMap((slice) => slice.kept),
    histogram: (clock, outcome = 'ok') =>
      histograms
        .filter((h) => h.clock === clock && h.outcome === outcome)
        .reduce<SparseHistogram>(mergeSparse, { valueNs: [], count: [] }),
    counter: (name) =>
      counters.filter((c) => c.counter === name).reduce((sum, c) => sum + c.value, 0),
  };
}

export function realScenario(options: RealRunOptions): Scenario {
  const { ratePerSec, durationNs } = options;
  return {
    name: 'test',
    description: '',
    seed: 1,
    services: [],
    proxies: [],
    faults: [],
    thresholds: [],
    source: { file: 'test.yaml', text: '' },
    targets: [
      {
        name: 'target',
        url: options.url,
        connections: options.connections ?? 50,
        connectTimeoutNs: options.connectTimeoutNs ?? NS_PER_SEC,
        ...options.reach,
      },
    ],
    flows: [
      {
        name: 'flow',
        steps: [
          {
            name: 'get',
            target: 'target',
            timeoutNs: options.timeoutNs ?? 5 * NS_PER_SEC,
            http: { method: 'GET', path: '/', headers: [], body: '', ...options.http },
            okStatuses: [{ from: 200, to: 299 }],
          },
        ],
      },
    ],
    load: [
      {
        name: 'steady',
        flow: 'flow',
        arrivals: {
          process: 'constant',
          pieces: [{ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs }],
        },
        durationNs,
        measure: true,
      },
    ],
    trace: {
      propagate: ['w3c'],
      keep: { headRatio: options.headRatio ?? 0, errors: true, slowRatio: 0 },
    },
    engine: {
      maxInFlight: options.maxInFlight ?? 10_000,
      pacing: options.pacing ?? 'balanced',
      workers: options.workers ?? 1,
      gracefulStopNs: options.gracefulStopNs ?? 5 * NS_PER_SEC,
    },
  };
}

export function total(histogram: SparseHistogram): number {
  return histogram.count.reduce((sum, count) => sum + count, 0);
}

export function quantile(histogram: SparseHistogram, ratio: number): Ns {
  const rank = Math.max(1, Math.ceil(ratio * total(histogram)));
  let seen = 0;
  const index = histogram.count.findIndex((count) => (seen += count) >= rank);
  return histogram.valueNs[index] ?? 0;
}
