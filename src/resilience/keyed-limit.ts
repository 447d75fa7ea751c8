import { invariant, type Ns } from '../core/index.ts';
import type { RateLimitSpec } from './policy.ts';
import { TokenBucket } from './token-bucket.ts';

/** How many keys have a bucket of their own, where nothing else is said. */
export const KEYS_MAX = 65_536;

type Key = string | number;

interface Entry {
  key: Key;
  readonly bucket: TokenBucket;
  /** When its bucket is full, or earlier: it is brought up to date as that matters. */
  fullAtNs: Ns;
}

/**
 * A token bucket for each key, of a bounded number of keys. A new key takes the place of one whose
 * bucket is full, which has nothing to be remembered for. Where no bucket is full, all keys without
 * one share one more: each is limited by it at least as much as by its own, and one that gets its
 * own meanwhile begins with what that one holds. So no key ever gets more than its rate and burst;
 * with too many at once some get less, and {@link shared} counts that. A phase of a scenario has
 * fewer users than there are buckets.
 */
export class KeyedLimit {
  /** Calls that had to share a bucket with other keys. */
  shared = 0;
  readonly #spec: RateLimitSpec;
  readonly #keysMax: number;
  readonly #entries = new Map<Key, Entry>();
  /** The same, the one that is full first at its root: a binary heap. */
  readonly #heap: Entry[] = [];
  readonly #sharedBucket: TokenBucket;

  constructor(spec: RateLimitSpec, keysMax = KEYS_MAX) {
    this.#spec = spec;
    this.#keysMax = keysMax;
    this.#sharedBucket = new TokenBucket(spec.ratePerSec, spec.burst);
  }

  /** How many keys have a bucket of their own. */
  get keys(): number {
    return this.#entries.size;
  }

  /** Returns whether a key had a token, which is taken then. */
  take(key: Key, nowNs: Ns): boolean {
    const entry = this.#entries.get(key) ?? this.#place(key, nowNs);
    if (entry !== undefined) return entry.bucket.take(nowNs);
    this.shared++;
    return this.#sharedBucket.take(nowNs);
  }

  /** Returns a bucket for a new key; undefined where all are in use and none is full. */
  #place(key: Key, nowNs: Ns): Entry | undefined {
    const entry = this.#heap.length < this.#keysMax ? this.#add(key) : this.#freed(nowNs);
    if (entry === undefined) return undefined;
    entry.key = key;
    entry.bucket.levelWith(this.#sharedBucket, nowNs);
    this.#entries.set(key, entry);
    return entry;
  }

  #add(key: Key): Entry {
    const bucket = new TokenBucket(this.#spec.ratePerSec, this.#spec.burst);
    // Earlier than any other, so that the root is the place for it.
    const entry: Entry = { key, bucket, fullAtNs: -Infinity };
    this.#heap.push(entry);
    for (let i = this.#heap.length - 1; i > 0;) {
      const parent = (i - 1) >>> 1;
      if (this.#at(parent).fullAtNs <= entry.fullAtNs) break;
      this.#swap(i, parent);
      i = parent;
    }
    return entry;
  }

  #freed(nowNs: Ns): Entry | undefined {
    for (;;) {
      const root = this.#at(0);
      const fullAtNs = root.bucket.fullAtNs(nowNs);
      if (fullAtNs <= nowNs) {
        this.#entries.delete(root.key);
        return root;
      }
      if (root.fullAtNs >= fullAtNs) return undefined;
      root.fullAtNs = fullAtNs;
      this.#sink();
    }
  }

  /** Brings the root to where it belongs. */
  #sink(): void {
    const size = this.#heap.length;
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      if (left >= size) return;
      const right = left + 1;
      const isRight = right < size && this.#at(right).fullAtNs < this.#at(left).fullAtNs;
      const child = isRight ? right : left;
      if (this.#at(child).fullAtNs >= this.#at(i).fullAtNs) return;
      this.#swap(i, child);
      i = child;
    }
  }

  #swap(i: number, j: number): void {
    const entry = this.#at(i);
    this.#heap[i] = this.#at(j);
    this.#heap[j] = entry;
  }

  #at(i: number): Entry {
    const entry = this.#heap[i];
    invariant(entry !== undefined, 'a heap is asked for what it has');
    return entry;
  }
}
