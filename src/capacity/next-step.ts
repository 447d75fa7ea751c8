import { neededForInterval } from '../analyze/index.ts';
import { type Ns, NS_PER_SEC, type RatePerSec } from '../core/index.ts';
import type { CapacitySpec } from '../scenario/index.ts';
import { type Probe, roundedRate, wholeSeconds } from './probe.ts';
import type { RateEvaluation } from './rate-evaluation.ts';

/** What a search does next. */
export type Step = { readonly kind: 'probe'; readonly probe: Probe } | Done;

/**
 * Why it ends: `precision`: the bracket is as narrow as asked, or as it gets; `range`: even the
 * highest rate meets; `from`: not even the lowest does; `generator`: it cannot send more;
 * `undecided`: no rate was decided to meet; `bound`: {@link PROBES_MAX}.
 */
export interface Done {
  readonly kind: 'done';
  readonly end: 'precision' | 'range' | 'from' | 'generator' | 'undecided' | 'bound';
}

/** The rates that a result lies between, as far as they are known. */
export interface Frame {
  /** The highest rate that meets, below every one that misses. */
  readonly met: RateEvaluation | undefined;
  /** The lowest rate that misses. */
  readonly missed: RateEvaluation | undefined;
  /**
   * The lowest rate above `met` that the generator could not send; absent where one below missed.
   */
  readonly unsent: RateEvaluation | undefined;
}

/** Most probes of one search. */
export const PROBES_MAX = 60;
/** Most probes of a rate that stays undecided, each twice as long as the one before. */
const DECIDING_PROBES_MAX = 3;
/** A rate in whose probes the generator was at fault so often is more than it can send. */
const SPOILT_PROBES_MAX = 2;
/** Either end of the final bracket rests on as many probes, so that no single one decides. */
const CONFIRMING_PROBES = 2;
/** The generator may spoil so many probes of an end before it rests on those that it has. */
const CONFIRMING_SPOILT_MAX = 3;
/** How far one rate lies from the next on the way up. */
const UP_FACTOR = 2;
/** A probe has so many times the calls that the objective's interval needs to be finite. */
const CALLS_FACTOR = 3;
/**
 * A probe too short to show how calls are correlated is evaluated as if they were: it needs more.
 */
const SHORT_NS = 9 * NS_PER_SEC;
const SHORT_CALLS_FACTOR = 6;
/** It is so many times as long as asked at the most for it. */
const LENGTH_FACTOR_MAX = 8;

/**
 * Returns what a search does next after the rates that were probed, in any order: a function of
 * these alone, so that a stored search can be followed again.
 *
 *   from   2x    4x    8x             up by factors until a rate misses,
 *    ✓     ✓     ✓     ✗
 *                ├──?──┤              then into the middle (geometric) of what is left,
 *                ├?┤                  until the ends are as close as asked;
 *                ✓ ✗                  at last both ends once more, against chance
 *
 * A rate that cannot be decided is probed again, longer; one that stays undecided is an obstacle:
 * the search goes on above and below it. One that misses bounds everything above it. One that the
 * generator could not send does so for as long as no rate below it misses: the bracket is narrowed
 * towards it, since the capacity may lie below it all the same.
 */
export function nextStep(spec: CapacitySpec, rates: readonly RateEvaluation[]): Step {
  const { fromPerSec, toPerSec } = spec;
  // Rounded, a rate may come to lie outside of what was asked for.
  const written = (ratePerSec: RatePerSec): RatePerSec =>
    Math.min(toPerSec, Math.max(fromPerSec, roundedRate(ratePerSec)));
  const count = rates.reduce((sum, rate) => sum + probeCount(rate), 0);
  const probe = (ratePerSec: RatePerSec, doublings = 0): Step => ({
    kind: 'probe',
    probe: {
      ratePerSec,
      number: count + 1,
      durationNs: lengthOf(spec, ratePerSec) * 2 ** doublings,
    },
  });
  if (count >= PROBES_MAX) return { kind: 'done', end: 'bound' };
  const open = rates.find(isOpen);
  if (open) {
    const soundProbes = open.verdict === 'undecided' ? open.probes.length : 0;
    return probe(open.ratePerSec, soundProbes);
  }
  const sorted = rates.toSorted((a, b) => a.ratePerSec - b.ratePerSec);
  const highest = sorted.at(-1);
  if (highest === undefined) return probe(written(fromPerSec));
  const frame = frameOf(sorted);
  const { met, missed, unsent } = frame;
  const isBounded = missed !== undefined || unsent !== undefined;
  if (!isBounded && highest.ratePerSec < written(toPerSec)) {
    return probe(written(highest.ratePerSec * UP_FACTOR));
  }
  if (met === undefined) return { kind: 'done', end: endWithoutMet(sorted, frame) };
  const middle = middleOf(sorted, frame, spec.precisionRatio);
  if (middle !== undefined) return probe(middle);
  const unsure = [met, missed].find((rate) => rate && isUnsure(rate));
  if (unsure) return probe(unsure.ratePerSec);
  if (unsent) return { kind: 'done', end: 'generator' };
  return { kind: 'done', end: missed || highest !== met ? 'precision' : 'range' };
}

/** Returns the rates that the result lies between. */
export function frameOf(rates: readonly RateEvaluation[]): Frame {
  const sorted = rates.toSorted((a, b) => a.ratePerSec - b.ratePerSec);
  const missed = sorted.find(({ verdict }) => verdict === 'misses');
  const below = sorted.filter((rate) => rate.ratePerSec < (missed?.ratePerSec ?? Infinity));
  const met = below.findLast(({ verdict }) => verdict === 'meets');
  const unsent = missed
    ? undefined
    : below.find(
        (rate) => rate.verdict === 'generator' && rate.ratePerSec > (met?.ratePerSec ?? 0),
      );
  return { met, missed, unsent };
}

function isOpen(rate: RateEvaluation): boolean {
  if (rate.verdict === 'undecided') return rate.probes.length < DECIDING_PROBES_MAX;
  return rate.verdict === 'generator' && rate.spoiltProbes.length < SPOILT_PROBES_MAX;
}

function isUnsure({ probes, spoiltProbes }: RateEvaluation): boolean {
  return probes.length < CONFIRMING_PROBES && spoiltProbes.length < CONFIRMING_SPOILT_MAX;
}

function probeCount({ verdict, probes, spoiltProbes }: RateEvaluation): number {
  // Where all were spoilt, the numbers are of them all the same.
  return verdict === 'generator' ? spoiltProbes.length : probes.length + spoiltProbes.length;
}

function endWithoutMet(rates: readonly RateEvaluation[], { missed, unsent }: Frame): Done['end'] {
  const lowest = rates[0];
  if (missed && missed === lowest) return 'from';
  return unsent && unsent === lowest ? 'generator' : 'undecided';
}

/**
 * The middle of the lowest gap above `met` that is too wide: up to the lowest rate that misses, or
 * that the generator could not send, with those between them that stayed undecided as its borders.
 * Between two of these there is nothing to be found: neither end of the bracket would move.
 */
function middleOf(
  sorted: readonly RateEvaluation[],
  { met, missed, unsent }: Frame,
  precisionRatio: number,
): RatePerSec | undefined {
  const end = missed ?? unsent;
  const top = end?.ratePerSec ?? Infinity;
  const borders = sorted.filter(
    ({ ratePerSec }) => ratePerSec >= (met?.ratePerSec ?? 0) && ratePerSec <= top,
  );
  for (const [i, lower] of borders.entries()) {
    const upper = borders[i + 1];
    if (upper === undefined || (lower !== met && upper !== end)) continue;
    if (upper.ratePerSec / lower.ratePerSec <= 1 + precisionRatio) continue;
    const middle = roundedRate(Math.sqrt(lower.ratePerSec * upper.ratePerSec));
    if (middle > lower.ratePerSec && middle < upper.ratePerSec) return middle;
  }
  return undefined;
}

/** As long as asked; longer where so short a probe has too few calls for any interval. */
function lengthOf({ objectives, probeNs }: CapacitySpec, ratePerSec: RatePerSec): Ns {
  const needed = Math.max(
    ...objectives.map(({ aggregate, limit }) => {
      if (aggregate.kind === 'percentile') return neededForInterval(aggregate.percent, 1);
      if (aggregate.kind === 'rate') return neededForInterval((1 - limit) * 100, 1);
      return 0;
    }),
  );
  const callsNs = (needed / ratePerSec) * NS_PER_SEC;
  const neededNs = Math.min(
    SHORT_CALLS_FACTOR * callsNs,
    Math.max(SHORT_NS, CALLS_FACTOR * callsNs),
  );
  return wholeSeconds(Math.max(probeNs, Math.min(neededNs, probeNs * LENGTH_FACTOR_MAX)));
}
