import type { Ns, RatePerSec } from '../core/index.ts';

/** What a staircase is made of, as the file says it. */
export interface StaircaseFile {
  readonly from: RatePerSec;
  readonly to: RatePerSec;
  /** Exactly one of the two. */
  readonly by?: RatePerSec | undefined;
  readonly times?: number | undefined;
  readonly each: Ns;
}

/** A phase of the file, which may be a staircase. */
interface MaybeStaircase {
  readonly phase: string;
  readonly arrivals?: { readonly steps?: StaircaseFile | undefined } | undefined;
}

/** One step of a staircase: a phase of its own. */
export interface Stair {
  /**
   * The name of the phase in the file, and the rate: `find@100/s`. No name in a file holds an @.
   */
  readonly name: string;
  readonly ratePerSec: RatePerSec;
  /** When it begins, from the start of the whole staircase. */
  readonly fromNs: Ns;
  readonly durationNs: Ns;
}

/** Each step has series of its own, of every step of the flow and every outcome. */
export const STAIRS_MAX = 100;

/** Sums and products of rates are off by some 1e-15; a last step that close to its end is meant. */
const CLOSE_RATIO = 1e-9;

/**
 * Returns the steps of the staircase that a phase of this name is, in their order; at least one.
 */
export function stairsOf(phase: string, file: StaircaseFile): readonly Stair[] {
  return stairRates(file).map((ratePerSec, i) => ({
    name: `${phase}@${ratePerSec}/s`,
    ratePerSec,
    fromNs: i * file.each,
    durationNs: file.each,
  }));
}

/**
 * Returns the rates of a staircase: up to its end where that is above its beginning, else down.
 * Each is worked out by itself, so that no rounding adds up. At most one more than
 * {@link STAIRS_MAX}, which tells that there are too many.
 */
export function stairRates({ from, to, by, times = 1 }: StaircaseFile): readonly RatePerSec[] {
  const rates: RatePerSec[] = [];
  const direction = to < from ? -1 : 1;
  for (let i = 0; i <= STAIRS_MAX; i++) {
    const rate = by === undefined ? from * times ** (i * direction) : from + i * by * direction;
    if ((rate - to) * direction > CLOSE_RATIO * to || rate <= 0) break;
    // As people write it: 0.30000000000000004 is 0.3.
    rates.push(Number(rate.toPrecision(12)));
    if (rate === to) break;
  }
  return rates;
}

/** Returns the stairs of a phase; none where it is no staircase. */
export function stairsIn({ phase, arrivals }: MaybeStaircase): readonly Stair[] {
  return arrivals?.steps ? stairsOf(phase, arrivals.steps) : [];
}
