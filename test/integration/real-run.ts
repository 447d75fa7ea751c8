import {
  type CallClock,
  epochNowMs,
  type Ms,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  type SparseHistogram,
} from '../../src/core/index.ts';
import type { EngineResult } from '../../src/engine/index.ts';
import { type Sender, startSender } from '../../src/sender/index.ts';
import type { KeptCall, RecordSlice } from '../../src/record/index.ts';
import {
  asReady,
  type PacingMode,
  type ConnectionOptions,
  type ReadyTls,
  type RequestSpec,
  type Scenario,
} from '../../src/scenario/index.ts';
import { SliceNumbers } from '../engine/slice-numbers.ts';
import { testPhase, testScenario, testStep, testTarget } from '../engine/test-scenario.ts';

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
  readonly http?: Partial<RequestSpec> & { readonly method?: string };
  readonly headRatio?: number;
  readonly reach?: Omit<ConnectionOptions, 'tls'> & { readonly tls?: ReadyTls };
  /** When the run's clock begins; shortly after the engine is ready where it is not given. */
  readonly originEpochMs?: Ms;
  readonly onBegun?: (handle: Sender) => void;
  readonly onSlice?: (slice: RecordSlice) => void;
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
    scenario: asReady(realScenario(options)),
    runId: RUN_ID,
    onSlice: (slice) => {
      slices.push(slice);
      options.onSlice?.(slice);
    },
  });
  handle.begin(options.originEpochMs ?? epochNowMs() + 20);
  options.onBegun?.(handle);
  const result = await handle.ended;
  const numbers = new SliceNumbers(slices);
  return {
    result,
    slices,
    kept: slices.flatMap((slice) => slice.kept),
    histogram: (clock, outcome = 'ok') => numbers.histogram(clock, [outcome]),
    counter: (name) => numbers.counter(name),
  };
}

export function realScenario(options: RealRunOptions): Scenario {
  const { url, ratePerSec, durationNs } = options;
  return testScenario({
    targets: [
      testTarget({
        name: 'target',
        url,
        connections: options.connections ?? 50,
        connectTimeoutNs: options.connectTimeoutNs ?? NS_PER_SEC,
        ...options.reach,
      }),
    ],
    flows: [
      {
        name: 'flow',
        steps: [
          testStep({
            name: 'get',
            target: 'target',
            timeoutNs: options.timeoutNs ?? 5 * NS_PER_SEC,
            call: {
              protocol: 'http',
              method: options.http?.method ?? 'GET',
              request: { path: '/', headers: [], body: '', ...options.http },
            },
            okStatuses: [{ from: 200, to: 299 }],
          }),
        ],
      },
    ],
    load: [testPhase('steady', { ratePerSec, durationNs })],
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
  });
}
