import { invariant, NS_PER_SEC, secFromNs, type Ns } from '../core/index.ts';
import type { RatePiece } from '../scenario/index.ts';

/**
 * The intensity of a phase: how many arrivals its rate makes due by a moment, and the inverse.
 *
 * On one piece, with x in seconds since the piece began, a its rate there in 1/s and b its slope in
 * 1/s^2, the rate and its integral are
 *
 *     rate(x)   = a + b x
 *     Lambda(x) = a x + b x^2 / 2
 *
 * and over several pieces Lambda is the sum of the whole pieces before plus that of the part.
 * The inverse solves b/2 x^2 + a x - y = 0. The textbook root (-a + sqrt(a^2 + 2 b y)) / b divides
 * by a slope that may be 0 and subtracts two numbers that may be nearly equal; the same root
 * multiplied by its conjugate does neither:
 *
 *     x = 2 y / (a + sqrt(a^2 + 2 b y))
 *
 * It is y / a for b = 0 and sqrt(2 y / b) for a = 0. Relative error: a few 2^-53, which at 104 days
 * (the range of a run) stays under a hundredth of a nanosecond for every level rate.
 */
export class Intensity {
  /** Lambda at the end of the phase: the arrivals that the rate asks for, with their fraction. */
  readonly total: number;
  readonly durationNs: Ns;
  readonly #pieces: readonly RatePiece[];
  /** Lambda, and the time, at the beginning of each piece. */
  readonly #lambdaBefore: Float64Array;
  readonly #startNs: Float64Array;

  constructor(pieces: readonly RatePiece[]) {
    this.#pieces = pieces;
    this.#lambdaBefore = new Float64Array(pieces.length);
    this.#startNs = new Float64Array(pieces.length);
    let total = 0;
    let durationNs = 0;
    for (const [i, piece] of pieces.entries()) {
      invariant(piece.durationNs > 0, 'a piece of a rate lasts');
      this.#lambdaBefore[i] = total;
      this.#startNs[i] = durationNs;
      total += lambdaOn(piece, piece.durationNs);
      durationNs += piece.durationNs;
    }
    this.total = total;
    this.durationNs = durationNs;
  }

  /** Returns Lambda at `atNs` since the start of the phase; 0 before it, `total` after its end. */
  upTo(atNs: Ns): number {
    if (atNs <= 0) return 0;
    if (atNs >= this.durationNs) return this.total;
    const i = lastAtOrBelow(this.#startNs, atNs);
    return (this.#lambdaBefore[i] ?? 0) + lambdaOn(this.#piece(i), atNs - (this.#startNs[i] ?? 0));
  }

  /**
   * Returns when Lambda passes `y`, in ns since the start of the phase, not rounded: the last
   * moment at which it is y, so that a y on the edge of a pause (a piece of rate 0) lies after it.
   * The phase's duration where y >= `total`; y is >= 0.
   */
  inverseNs(y: number): Ns {
    if (y >= this.total) return this.durationNs;
    const i = lastAtOrBelow(this.#lambdaBefore, y);
    const piece = this.#piece(i);
    const insideNs = inverseOn(piece, y - (this.#lambdaBefore[i] ?? 0));
    return (this.#startNs[i] ?? 0) + Math.min(insideNs, piece.durationNs);
  }

  #piece(index: number): RatePiece {
    const piece = this.#pieces[index];
    invariant(piece, `a rate has a piece ${index}`);
    return piece;
  }
}

function slopePerSec2(piece: RatePiece): number {
  return (piece.toPerSec - piece.fromPerSec) / secFromNs(piece.durationNs);
}

function lambdaOn(piece: RatePiece, insideNs: Ns): number {
  const x = secFromNs(insideNs);
  return piece.fromPerSec * x + (slopePerSec2(piece) * x * x) / 2;
}

function inverseOn(piece: RatePiece, y: number): Ns {
  const a = piece.fromPerSec;
  // A falling rate reaches its end with a^2 + 2 b y = 0, which rounding may take just below.
  const root = Math.sqrt(Math.max(0, a * a + 2 * slopePerSec2(piece) * y));
  // Both are 0 only for a rate that begins at 0 and a y so small that the product underflows.
  return a + root === 0 ? 0 : ((2 * y) / (a + root)) * NS_PER_SEC;
}

/** Returns the last index whose value is <= x, in an ascending array that begins at or below x. */
function lastAtOrBelow(ascending: Float64Array, x: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((ascending[middle] ?? Infinity) <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}
