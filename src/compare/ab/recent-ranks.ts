import type { BucketCounts } from '../log-buckets.ts';
import { Ranks } from './ranks.ts';

/** The response times of both sides in a stretch of time. */
export interface PairOfRanks {
  readonly a: Ranks;
  readonly b: Ranks;
}

interface Part {
  readonly a: BucketCounts;
  readonly b: BucketCounts;
  readonly calls: number;
}

/** The latest seconds, as many as hold so many calls of both sides together. */
export class RecentRanks {
  readonly #callsMin: number;
  #parts: Part[] = [];
  #calls = 0;

  constructor(callsMin: number) {
    this.#callsMin = callsMin;
  }

  /** Adds a second; returns it with those before it that are wanted. */
  add(a: BucketCounts, b: BucketCounts, second: PairOfRanks): PairOfRanks {
    const calls = second.a.total + second.b.total;
    this.#parts.push({ a, b, calls });
    this.#calls += calls;
    while (this.#calls - (this.#parts[0]?.calls ?? 0) >= this.#callsMin) {
      this.#calls -= this.#parts.shift()?.calls ?? 0;
    }
    if (this.#parts.length === 1) return second;
    const recent = { a: new Ranks(), b: new Ranks() };
    for (const part of this.#parts) {
      recent.a.add(part.a);
      recent.b.add(part.b);
    }
    return recent;
  }
}
