import type { CapacitySpec } from '../scenario/index.ts';
import { kneesOf, type Knee } from './knee.ts';
import { frameOf, nextStep, type Done, type Step } from './next-step.ts';
import type { RateEvaluation } from './rate-evaluation.ts';

/**
 * - `found`: a rate meets the objectives; the capacity is it at the least.
 * - `below`: not even the lowest rate of the search meets them.
 * - `undecided`: no rate was decided.
 * - `generator`: the generator could not send even the lowest rate.
 */
export type CapacityOutcome = 'found' | 'below' | 'undecided' | 'generator';

/** What a search found: the capacity lies between `met` and `missed`. */
export interface CapacityResult {
  readonly spec: CapacitySpec;
  readonly outcome: CapacityOutcome;
  /** Every rate that was probed, ascending. */
  readonly rates: readonly RateEvaluation[];
  /** The highest rate that meets, below all that miss. */
  readonly met: RateEvaluation | undefined;
  /** The lowest rate that misses; undefined where none was found. */
  readonly missed: RateEvaluation | undefined;
  /**
   * The lowest rate above `met` that the generator could not send, where none below it misses: the
   * end of the bracket is the generator's, not the target's.
   */
  readonly unsent: RateEvaluation | undefined;
  /** Rates between the two that stayed undecided: they are why the bracket is no narrower. */
  readonly undecided: readonly RateEvaluation[];
  /** Why the search ended where it did; `stopped`: before it was done. */
  readonly end: Done['end'] | 'stopped';
  readonly knees: readonly Knee[];
}

/**
 * Returns what the rates that were probed say together; also of a search that was cut short, which
 * `isWhole` denies.
 */
export function capacityResult(
  spec: CapacitySpec,
  evaluated: readonly RateEvaluation[],
  isWhole: boolean,
): CapacityResult {
  const rates = evaluated.toSorted((a, b) => a.ratePerSec - b.ratePerSec);
  const { met, missed, unsent } = frameOf(rates);
  const next = nextStep(spec, rates);
  const from = met?.ratePerSec ?? 0;
  const to = missed?.ratePerSec ?? Infinity;
  return {
    spec,
    outcome: outcomeOf(rates, met, missed),
    rates,
    met,
    missed,
    unsent,
    undecided: rates.filter(
      ({ verdict, ratePerSec }) =>
        ratePerSec > from && ratePerSec < to && verdict !== 'meets' && verdict !== 'misses',
    ),
    end: isWhole ? endOf(next) : 'stopped',
    knees: kneesOf(rates),
  };
}

/** A search that an older release ended may look unfinished to this one, yet it is whole. */
function endOf(next: Step): Done['end'] {
  return next.kind === 'done' ? next.end : 'precision';
}

function outcomeOf(
  rates: readonly RateEvaluation[],
  met: RateEvaluation | undefined,
  missed: RateEvaluation | undefined,
): CapacityOutcome {
  if (met) return 'found';
  const [lowest] = rates;
  if (missed && missed === lowest) return 'below';
  return lowest?.verdict === 'generator' ? 'generator' : 'undecided';
}
