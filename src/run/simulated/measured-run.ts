import { isHealthySecond, stretchOf } from '../../analyze/healthy-time.ts';
import { endingWith, endOfRunNs } from '../../analyze/run-end.ts';
import type { RunSource } from '../../analyze/index.ts';
import {
  type ConnectErrorSlice,
  type CounterName,
  type CounterSlice,
  type FaultWindow,
  type HistogramSlice,
  isLasting,
  isStatusCounter,
  NS_PER_SEC,
  type RunRecord,
} from '../../core/index.ts';
import type { FailureReason, MeasuredNumbers } from '../../simulate/index.ts';

/** A stored run, as far as a simulation answers as it did. */
export interface MeasuredRun {
  readonly run: RunRecord;
  readonly numbers: MeasuredNumbers;
  readonly windows: readonly FaultWindow[];
  readonly connectErrors: readonly ConnectErrorSlice[];
  /** Those that stream messages. */
  readonly streaming: ReadonlySet<string>;
}

/** What of a store is read. */
export type SimulatedSource = Pick<
  RunSource,
  | 'run'
  | 'runs'
  | 'runsBeginning'
  | 'seconds'
  | 'counters'
  | 'counterSeconds'
  | 'errors'
  | 'connectErrors'
  | 'faultWindows'
>;

const ATTEMPT_COUNTERS: readonly CounterName[] = ['attempts', 'retries', 'failed_retries'];

/** Reads what the attempts of a stored run were. */
export async function readMeasuredRun(
  source: SimulatedSource,
  run: RunRecord,
): Promise<MeasuredRun> {
  const { runId } = run;
  const [seconds, totals, errors, connectErrors, stored] = await Promise.all([
    source.seconds(runId, ['service', 'response']),
    source.counters(runId),
    source.errors(runId),
    source.connectErrors(runId),
    source.faultWindows(runId),
  ]);
  const names = new Set(totals.map(({ counter }) => counter));
  const statuses = [...names].filter(isStatusCounter);
  const counters = await source.counterSeconds(runId, [...ATTEMPT_COUNTERS, ...statuses]);
  const histograms = seconds.filter(({ clock }) => clock === 'service' || clock === 'response');
  const endNs = endOfRunNs(run, seconds);
  const windows = stored.map((window) => endingWith(window, endNs));
  return {
    run,
    numbers: numbersOf(run, { histograms, counters, errors, windows }),
    windows,
    connectErrors,
    streaming: new Set(seconds.filter(({ clock }) => clock === 'message').map(({ step }) => step)),
  };
}

interface ReadNumbers {
  readonly histograms: readonly HistogramSlice[];
  readonly counters: readonly CounterSlice[];
  readonly errors: readonly FailureReason[];
  readonly windows: readonly FaultWindow[];
}

function numbersOf(
  { phases }: RunRecord,
  { histograms, counters, errors, windows }: ReadNumbers,
): MeasuredNumbers {
  const passing = windows.filter((window) => !isLasting(window));
  const policed = counters.filter(({ counter }) => counter === 'attempts');
  const seen = histograms.reduce((last, { second }) => Math.max(last, second), -1);
  // What flows still called when the load was over is no second of it.
  const load = Math.ceil(Math.max(0, ...phases.map(({ toNs }) => toNs)) / NS_PER_SEC);
  const endSecond = Math.min(seen + 1, load);
  return {
    histograms,
    counters,
    errors,
    policed: new Set(policed.map(({ step }) => step)),
    stretchOf: (second) => stretchOf(second, phases, passing),
    lastSeconds: lastSeconds({ phases, passing, endSecond }),
    endSecond,
  };
}

/** Returns the healthy seconds of the last measured phase that had any; all where none is. */
function lastSeconds({
  phases,
  passing,
  endSecond,
}: {
  readonly phases: RunRecord['phases'];
  readonly passing: readonly FaultWindow[];
  readonly endSecond: number;
}): readonly number[] {
  const last = phases.findLast(
    ({ measured, fromNs }) => measured && fromNs < endSecond * NS_PER_SEC,
  );
  if (last === undefined) return [];
  const from = Math.floor(last.fromNs / NS_PER_SEC);
  const to = Math.min(endSecond, Math.ceil(last.toNs / NS_PER_SEC));
  const all = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
  const healthy = all.filter((second) => isHealthySecond(second, passing));
  return healthy.length > 0 ? healthy : all;
}
