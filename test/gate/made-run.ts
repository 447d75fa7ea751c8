import { analyzeRun, type RunAnalysis } from '../../src/analyze/index.ts';
import {
  NS_PER_MS,
  NS_PER_SEC,
  type CallClock,
  type FaultWindow,
  type HistogramSlice,
  type Outcome,
} from '../../src/core/index.ts';
import { evaluateThresholds, selectionsOf, type ThresholdResult } from '../../src/gate/index.ts';
import { parseThreshold, type ThresholdSpec } from '../../src/scenario/index.ts';
import { memorySource, runRecord, type StoredRun } from '../analyze/memory-source.ts';

/** Calls of one second, all alike. */
export interface MadeCalls {
  readonly second: number;
  readonly count: number;
  readonly ms: number;
  readonly step?: string;
  readonly target?: string;
  readonly outcome?: Outcome;
  /** Absent: of both the call and its only attempt. */
  readonly clocks?: readonly CallClock[];
}

/** The run is measured from second 5 to 35. */
export const FIRST = 5;
export const SECONDS = 30;

/** Returns a number for each measured second. */
export function everySecond(make: (second: number) => MadeCalls): readonly MadeCalls[] {
  return Array.from({ length: SECONDS }, (_, i) => make(FIRST + i));
}

export function madeRun(calls: readonly MadeCalls[], rest: Partial<StoredRun> = {}): StoredRun {
  return {
    run: runRecord(),
    seconds: calls.flatMap(
      ({ second, count, ms, step = 'pay', target = 'orders', outcome = 'ok', clocks }) =>
        (clocks ?? ['response', 'service']).map((clock): HistogramSlice => ({
          second,
          phase: 'steady',
          step,
          target,
          outcome,
          clock,
          valueNs: [ms * NS_PER_MS],
          count: [count],
        })),
    ),
    ...rest,
  };
}

export function windowOf(fault: string, fromSec: number, toSec: number): FaultWindow {
  return {
    fault,
    place: 'payment',
    placeKind: 'proxy',
    effect: 'latency',
    attributes: {},
    fromNs: fromSec * NS_PER_SEC,
    toNs: toSec * NS_PER_SEC,
  };
}

/** Returns the threshold of a text; `steps` are those that its `*` means. */
export function specOf(text: string, steps?: readonly string[]): ThresholdSpec {
  const spec = parseThreshold(text);
  if (!('text' in spec)) throw new Error(`${text}: ${spec.message}`);
  return { ...spec, ...(steps && { steps }) };
}

export function analysisFor(
  run: StoredRun,
  thresholds: readonly ThresholdSpec[],
): Promise<RunAnalysis> {
  return analyzeRun(memorySource(run), 'latest', { selections: selectionsOf(thresholds) });
}

/** Returns what a run says of one threshold. */
export async function resultOf(run: StoredRun, spec: ThresholdSpec): Promise<ThresholdResult> {
  const verdict = evaluateThresholds([spec], await analysisFor(run, [spec]));
  const [result] = verdict.thresholds;
  if (result === undefined) throw new Error('one threshold has one result');
  return result;
}
