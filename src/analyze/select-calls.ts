import {
  NS_PER_SEC,
  type CounterSlice,
  type FaultWindow,
  type HistogramSlice,
  type Ns,
  isLasting,
} from '../core/index.ts';
import type { CallSelection, SelectedCalls } from './call-selection.ts';
import { summarizeCalls, targetLoadsOf } from './call-summary.ts';
import { isHealthySecond } from './healthy-time.ts';
import { memoized } from './memoized.ts';
import type { PhaseAnalysis } from './run-analysis.ts';
import type { ArrivalSecond } from './sources.ts';
import { arrivalsOf, stretchesOf, type SelectedPhase } from './stretches.ts';
import { duringOf } from './window-times.ts';

/** The measured phases of a run, second by second. */
export interface SelectedFrom {
  readonly measured: readonly PhaseAnalysis[];
  /** Of the response and the service clock. */
  readonly slices: readonly HistogramSlice[];
  readonly arrivals: readonly ArrivalSecond[];
  /** Attempts of steps with a policy. */
  readonly policySeconds: readonly CounterSlice[];
  readonly windows: readonly FaultWindow[];
  readonly stratumOf: (second: number) => string;
}

/** Returns what the selected calls showed. Seconds are whole: one is of a fault, or it is not. */
export function selectCalls(run: SelectedFrom, selection: CallSelection): SelectedCalls {
  const phases = selectedPhases(run, selection);
  const isIn = isInside(phases);
  const inTime = run.slices.filter(isIn);
  const counters = run.policySeconds.filter(
    (one) => one.counter === 'attempts' && selection.steps.includes(one.step),
  );
  const withPolicy = new Set(counters.map(({ step }) => step));
  const own = inTime.filter(({ step }) => selection.steps.includes(step));
  const slices = selection.of === 'calls' ? own : asAttempts(own, withPolicy);
  const targets = new Set(own.map(({ target }) => target));
  const ranNs = phases.reduce((sum, one) => sum + ranNsOf(one), 0);
  // Calls of several targets wait in several queues.
  const ofTarget =
    targets.size === 1 ? inTime.filter(({ target }) => targets.has(target)) : undefined;
  const { stratumOf } = run;
  const summary = summarizeCalls(slices, ranNs, {
    slices,
    stratumOf,
    ...(ofTarget && { targetLoads: targetLoadsOf(ofTarget) }),
  });
  const attempts = counters.filter(isIn);
  const arrivals = run.arrivals.filter(isIn);
  return {
    selection,
    ranNs,
    summary,
    ...(withPolicy.size > 0 && {
      policy: {
        calls: summarizeCalls(
          own.filter(({ step }) => withPolicy.has(step)),
          ranNs,
        ).calls,
        attempts: attempts.reduce((sum, { value }) => sum + value, 0),
      },
    }),
    arrivals: arrivalsOf(arrivals),
    stretches: selection.stretches
      ? stretchesOf(selection.stretches, { phases, slices, arrivals, ofTarget, summary, stratumOf })
      : [],
  };
}

function selectedPhases(
  { measured, windows }: SelectedFrom,
  { phase: name, phases, fault, healthy }: CallSelection,
): readonly SelectedPhase[] {
  const passing = windows.filter((window) => !isLasting(window));
  const during = windows
    .filter((window) => window.fault === fault)
    .map((window) => (isLasting(window) ? () => true : duringOf(window)));
  const has = memoized((second: number): boolean => {
    if (healthy) return isHealthySecond(second, passing);
    return fault === undefined || during.some((isDuring) => isDuring(second));
  });
  return measured
    .filter((phase) => phase.ranNs > 0 && (name === '' || phase.name === name))
    .filter((phase) => phases === undefined || phases.includes(phase.name))
    .map((phase) => ({ phase, has }));
}

function isInside(
  phases: readonly SelectedPhase[],
): (one: { readonly phase: string; readonly second: number }) => boolean {
  const byName = new Map(phases.map((one) => [one.phase.name, one.has]));
  return ({ phase, second }) => byName.get(phase)?.(second) ?? false;
}

/** The time of the selected seconds that is the phase's. */
function ranNsOf({ phase, has }: SelectedPhase): Ns {
  const endNs = phase.fromNs + phase.ranNs;
  let sum = 0;
  for (let second = Math.floor(phase.fromNs / NS_PER_SEC); second * NS_PER_SEC < endNs; second++) {
    if (!has(second)) continue;
    const fromNs = Math.max(phase.fromNs, second * NS_PER_SEC);
    sum += Math.min(endNs, (second + 1) * NS_PER_SEC) - fromNs;
  }
  return sum;
}

/** An attempt is in the service clock alone, and what is counted is what the response clock has. */
function asAttempts(
  slices: readonly HistogramSlice[],
  withPolicy: ReadonlySet<string>,
): readonly HistogramSlice[] {
  return slices.flatMap((slice) => {
    if (!withPolicy.has(slice.step)) return [slice];
    return slice.clock === 'service' ? [slice, { ...slice, clock: 'response' as const }] : [];
  });
}
