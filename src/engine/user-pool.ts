import type { ClosedPhase, Shard } from '../schedule/index.ts';

/** A virtual user as its iterations know it. */
export interface PooledUser<Jar> {
  /** From 0, below the number of users of a phase; unique over all engines of a run. */
  readonly number: number;
  /** Its cookies; undefined before the first iteration that keeps some. */
  jar: Jar | undefined;
}

/** So many places of users who are gone are not worth giving up. */
const PLACES_MIN = 64;

/**
 * Who makes which iteration: the next one is given to the user that has rested longest. So a user
 * has one iteration under way at most, and there are as many as a phase has. Users of one phase go
 * over into the next, those with the lowest numbers where it has fewer.
 */
export class UserPool<Jar> {
  readonly #userCounts: ReadonlyMap<number, number>;
  readonly #shard: Shard;
  /** From `#first` on, the one that has rested longest first; those before it are gone. */
  readonly #resting: (PooledUser<Jar> | undefined)[] = [];
  #first = 0;
  /** Those whom the phase has no place for. */
  readonly #away: PooledUser<Jar>[] = [];
  /** The users of the newest phase. */
  #userCount = 0;
  #made = 0;

  constructor(closed: readonly ClosedPhase[], shard: Shard) {
    this.#userCounts = new Map(closed.map(({ phaseIndex, userCount }) => [phaseIndex, userCount]));
    this.#shard = shard;
  }

  /** Returns the user of the phase's next iteration; undefined for a phase without users. */
  take(phaseIndex: number): PooledUser<Jar> | undefined {
    const userCount = this.#userCounts.get(phaseIndex);
    if (userCount === undefined) return undefined;
    if (userCount > this.#userCount) {
      this.#resting.splice(0, this.#first, ...this.#away.splice(0));
      this.#first = 0;
    }
    this.#userCount = userCount;
    if (this.#made < userCount) return this.#make();
    for (;;) {
      const rested = this.#longestRested();
      // None: iterations of a phase before the one before are still under way.
      if (rested === undefined) return this.#make();
      if (rested.number < this.#numberOf(userCount)) return rested;
      this.#away.push(rested);
    }
  }

  /** Takes back a user whose iteration is over. */
  rest(user: PooledUser<Jar>): void {
    this.#resting.push(user);
  }

  /** Costs the same however many there are: the places of those gone are given up by the half. */
  #longestRested(): PooledUser<Jar> | undefined {
    const user = this.#resting[this.#first];
    if (user === undefined) return undefined;
    this.#resting[this.#first++] = undefined;
    if (this.#first >= PLACES_MIN && this.#first * 2 >= this.#resting.length) {
      this.#resting.splice(0, this.#first);
      this.#first = 0;
    }
    return user;
  }

  #make(): PooledUser<Jar> {
    return { number: this.#numberOf(this.#made++), jar: undefined };
  }

  /** Returns the number of this engine's user k. */
  #numberOf(k: number): number {
    return this.#shard.index + this.#shard.count * k;
  }
}
