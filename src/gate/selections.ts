import type { CallSelection, RunAnalysis, SelectedCalls } from '../analyze/index.ts';
import { invariant, NS_PER_SEC } from '../core/index.ts';
import type { ThresholdSpec } from '../scenario/index.ts';

/**
 * Returns the calls that an analysis must sum up beside its steps, for the thresholds to be held
 * against it; each once.
 */
export function selectionsOf(thresholds: readonly ThresholdSpec[]): readonly CallSelection[] {
  const wanted = thresholds.flatMap((threshold) => selectionOf(threshold) ?? []);
  return [...new Map(wanted.map((selection) => [keyOf(selection), selection])).values()];
}

/**
 * Returns the calls that a threshold is of, where they are others than those of one step; undefined
 * where the analysis has them anyway.
 */
export function selectionOf(threshold: ThresholdSpec): CallSelection | undefined {
  const { step, steps, phase, phases, fault, healthy, of, overNs, metric, aggregate } = threshold;
  const isPlain = steps === undefined && fault === undefined && of !== 'attempts';
  if (threshold.edge || typeof threshold.limit !== 'number') return undefined;
  if (isPlain && healthy === undefined && overNs === undefined) return undefined;
  const isTime = metric === 'response' || metric === 'service';
  const percent =
    aggregate.kind === 'med' ? 50 : aggregate.kind === 'percentile' ? aggregate.percent : undefined;
  return {
    steps: steps ?? (step === '' ? [] : [step]),
    phase,
    ...(phases && { phases }),
    ...(fault !== undefined && { fault }),
    ...(healthy && { healthy }),
    of: of ?? 'calls',
    ...(overNs !== undefined && {
      stretches: {
        seconds: overNs / NS_PER_SEC,
        ...(isTime && { clock: metric }),
        ...(isTime && percent !== undefined && { percent }),
        worstBy: threshold.operator.startsWith('>') ? 'upper' : 'lower',
      },
    }),
  };
}

/** Returns the calls of a selection; the analysis was asked for them. */
export function selectedOf(
  { selected = [] }: RunAnalysis,
  selection: CallSelection,
): SelectedCalls {
  const key = keyOf(selection);
  const found = selected.find((one) => keyOf(one.selection) === key);
  invariant(found !== undefined, `the analysis was not asked for ${key}`);
  return found;
}

/** Selections are made in one place, with their fields in one order. */
function keyOf(selection: CallSelection): string {
  return JSON.stringify(selection);
}
