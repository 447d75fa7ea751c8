import {
  type CallClock,
  epochNowMs,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  type SparseHistogram,
} from '../../src/core/index.ts';
import type { EngineResult } from '../../src/engine/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';
import { asReady, type Scenario } from '../../src/scenario/index.ts';
import { startSender, type Sender } from '../../src/sender/index.ts';
import { SliceNumbers } from '../engine/slice-numbers.ts';
import { realScenario, RUN_ID, type RealRunOptions } from './real-run.ts';

export interface SaturatedRun {
  readonly result: EngineResult;
  counter(name: string): number;
  sorted(clock: CallClock, outcome: Outcome): SparseHistogram;
}

/** Runs one saturated phase against whatever listens at the url. */
export async function saturate(
  url: string,
  durationNs: Ns,
  load: { connections: number; pipelining?: number },
  options: Partial<RealRunOptions> = {},
  onBegun: (sender: Sender) => void = () => undefined,
): Promise<SaturatedRun> {
  const base = realScenario({ url, ratePerSec: 1, durationNs, ...options });
  const scenario: Scenario = {
    ...base,
    load: [
      {
        name: 'full',
        flow: 'flow',
        durationNs,
        measure: true,
        saturate: { connections: load.connections, pipelining: load.pipelining ?? 1 },
      },
    ],
  };
  const slices: RecordSlice[] = [];
  const sender = await startSender({
    scenario: asReady(scenario),
    runId: RUN_ID,
    onSlice: (s) => slices.push(s),
  });
  sender.begin(epochNowMs() + 20);
  onBegun(sender);
  const result = await sender.ended;
  const counters = slices.flatMap((slice) => slice.counters);
  return {
    result,
    counter: (name) =>
      counters.filter((c) => c.counter === name).reduce((sum, c) => sum + c.value, 0),
    sorted: (clock, outcome) => new SliceNumbers(slices).histogram(clock, [outcome]),
  };
}

/** Counts, and resolves when it was counted so often. */
export interface Countdown {
  count(): void;
  readonly done: Promise<void>;
}

/** Returns what resolves when it was counted so often. */
export function countdown(times: number): Countdown {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = times;
  return {
    count: () => {
      if (--left === 0) resolve();
    },
    done: promise,
  };
}

/** Stops a run when it was counted so often; the calls under way may end. */
export function stopAfter({ done }: Countdown): (sender: Sender) => void {
  return (sender) => void done.then(() => sender.stop(20 * NS_PER_SEC));
}
