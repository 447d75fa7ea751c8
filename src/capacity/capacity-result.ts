import type { CapacitySpec } from '../scenario/index.ts';
import { kneesOf, type Knee } from './knee.ts';
import { frameOf, nextStep, type Done, type Step } from './next-step.ts';
import type { RateJudgement } from './rate-judgement.ts';

/**
 * - `found`: a rate meets the objectives; the capacity is it at the least.
 * - `below`: not even the lowest rate of the search meets them.
 * - `undecided`: of no rate it could be told whether it does.
 * - `generator`: the generator could not send even the lowest rate.
 */
export type CapacityOutcome = 'found' | 'below' | 'undecided' | 'generator';

/** What a search found: the capacity lies between `met` and `missed`. */
export interface CapacityResult {
  readonly spec: CapacitySpec;
  readonly outcome: CapacityOutcome;
  /** Every rate that was probed, ascending. */
  readonly rates: readonly RateJudgement[];
  /** The highest rate that meets, below all that miss. */
  readonly met: RateJudgement | undefined;
  /** The lowest rate that misses; undefined where none was found. */
  readonly missed: RateJudgement | undefined;
  /** Rates between the two that stayed undecided: they are why the bracket is no narrower. */
  readonly undecided: readonly RateJudgement[];
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
  judged: readonly RateJudgement[],
  isWhole: boolean,
): CapacityResult {
  const rates = judged.toSorted((a, b) => a.ratePerSec - b.ratePerSec);
  const { met, missed } = frameOf(rates);
  const next = nextStep(spec, rates);
  const from = met?.ratePerSec ?? 0;
  const to = missed?.ratePerSec ?? Infinity;
  return {
    spec,
    outcome: outcomeOf(rates, met, missed),
    rates,
    met,
    missed,
    undecided: rates.filter(
      ({ standing, ratePerSec }) =>
        ratePerSec > from && ratePerSec < to && standing !== 'meets' && standing !== 'misses',
    ),
    end: isWhole ? endOf(next) : 'stopped',
    knees: kneesOf(rates),
  };
}

/** A search that an older release ended may look unfinished to this one, and is none the less whole. */
function endOf(next: Step): Done['end'] {
  return next.kind === 'done' ? next.end : 'precision';
}

function outcomeOf(
  rates: readonly RateJudgement[],
  met: RateJudgement | undefined,
  missed: RateJudgement | undefined,
): CapacityOutcome {
  if (met) return 'found';
  const [lowest] = rates;
  if (missed && missed === lowest) return 'below';
  return lowest?.standing === 'generator' ? 'generator' : 'undecided';
}
