import {
  type CallClock,
  type HistogramSlice,
  isLasting,
  type Ns,
  type RunRecord,
} from '../core/index.ts';
import { stretchOf } from './healthy-time.ts';
import { memoized } from './memoized.ts';
import { endingWith, endOfRunNs, ranNsOf } from './run-end.ts';
import type { StepAnalysis } from './run-analysis.ts';
import type { RunSource } from './sources.ts';
import { analyzeSteps } from './step-analysis.ts';

/** The calls of a run's measured phases, second by second: what many runs are compared by. */
export interface MeasuredSeconds {
  readonly run: RunRecord;
  /** In the order of the scenario; those that did not begin are left out. */
  readonly phases: readonly { readonly name: string; readonly fromNs: Ns; readonly ranNs: Ns }[];
  /** In the order of the seconds, of the clocks that were asked for. */
  readonly slices: readonly HistogramSlice[];
  /** The stretch of the run to which a second belongs: those of one are alike by plan. */
  readonly stratumOf: (second: number) => string;
}

/** Reads the calls of a run's measured phases, by the clocks that are wanted. */
export async function readMeasuredSeconds(
  source: Pick<RunSource, 'seconds' | 'faultWindows'>,
  run: RunRecord,
  clocks: readonly CallClock[],
): Promise<MeasuredSeconds> {
  const [seconds, stored] = await Promise.all([
    source.seconds(run.runId, clocks),
    source.faultWindows(run.runId),
  ]);
  const endNs = endOfRunNs(run, seconds);
  const windows = stored
    .filter((window) => !isLasting(window))
    .map((window) => endingWith(window, endNs));
  const lastNs = run.status === 'complete' ? Infinity : endNs;
  const phases = run.phases
    .map((phase) => ({ ...phase, ranNs: ranNsOf(phase, lastNs) }))
    .filter(({ measured, ranNs }) => measured && ranNs > 0);
  const names = new Set(phases.map(({ name }) => name));
  return {
    run,
    phases: phases.map(({ name, fromNs, ranNs }) => ({ name, fromNs, ranNs })),
    slices: seconds.filter(({ phase, clock }) => names.has(phase) && clocks.includes(clock)),
    stratumOf: memoized((second: number) => stretchOf(second, run.phases, windows)),
  };
}

/** Returns what each step of the run showed, as its report has it, of the clocks that were read. */
export function stepsOfSeconds({
  phases,
  slices,
  stratumOf,
}: MeasuredSeconds): readonly StepAnalysis[] {
  return analyzeSteps(slices, {
    measured: phases,
    counters: [],
    policySeconds: [],
    secondBySecond: { slices, stratumOf },
  });
}
