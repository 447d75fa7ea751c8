import type { Clock, Ns, Timer } from '../core/index.ts';

/** Something that is to be woken at a time. */
export interface Waiting {
  /** When it is to be woken: set by {@link CallWaits} alone; Infinity for never. */
  wakeNs: Ns;
}

/**
 * Wakes calls: those that wait for their next attempt, and those whose attempt may have to be
 * helped or ended. One timer, set for the earliest, serves all, and what waits costs a place in a
 * heap. What is forgotten stays in its place until its time comes.
 */
export class CallWaits<T extends Waiting> {
  readonly #clock: Clock;
  readonly #wake: (item: T, nowNs: Ns) => void;
  readonly #times: Ns[] = [];
  readonly #items: T[] = [];
  #timer: Timer | undefined;
  #timerNs: Ns = Infinity;

  constructor(clock: Clock, wake: (item: T, nowNs: Ns) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Wakes an item at `atNs`; earlier where that was said before. It is woken once. */
  watch(item: T, atNs: Ns): void {
    if (atNs >= item.wakeNs) return;
    item.wakeNs = atNs;
    this.#push(atNs, item);
    if (atNs < this.#timerNs) this.#setFor(atNs);
  }

  /** Wakes an item no more. */
  forget(item: T): void {
    item.wakeNs = Infinity;
  }

  /** Wakes nobody any more. Returns those that were to be woken. */
  end(): readonly T[] {
    this.#timer?.cancel();
    this.#timerNs = Infinity;
    const left = this.#items.filter((item, i) => item.wakeNs === this.#times[i]);
    for (const item of left) item.wakeNs = Infinity;
    this.#times.length = 0;
    this.#items.length = 0;
    return [...new Set(left)];
  }

  #setFor(atNs: Ns): void {
    this.#timer?.cancel();
    this.#timerNs = atNs;
    this.#timer = this.#clock.after(atNs - this.#clock.nowNs(), () => this.#fire());
  }

  /** A timer may fire a little early: then it is set again. */
  #fire(): void {
    this.#timerNs = Infinity;
    const nowNs = this.#clock.nowNs();
    for (let item = this.#items[0]; item !== undefined; item = this.#items[0]) {
      const atNs = this.#times[0] ?? Infinity;
      const isForgotten = item.wakeNs !== atNs;
      if (!isForgotten && atNs > nowNs) break;
      this.#shift();
      if (isForgotten) continue;
      item.wakeNs = Infinity;
      this.#wake(item, nowNs);
    }
    const nextNs = this.#times[0] ?? Infinity;
    if (nextNs < this.#timerNs) this.#setFor(nextNs);
  }

  #push(atNs: Ns, item: T): void {
    let i = this.#times.length;
    this.#times.push(atNs);
    this.#items.push(item);
    while (i > 0) {
      const parent = (i - 1) >>> 1;
      const above = this.#times[parent] ?? -Infinity;
      if (above <= atNs) break;
      this.#put(i, parent);
      i = parent;
    }
    this.#times[i] = atNs;
    this.#items[i] = item;
  }

  #shift(): void {
    const atNs = this.#times.pop();
    const item = this.#items.pop();
    if (atNs === undefined || item === undefined || this.#times.length === 0) return;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= this.#times.length) break;
      const right = left + 1;
      const child = (this.#times[right] ?? Infinity) < (this.#times[left] ?? 0) ? right : left;
      if ((this.#times[child] ?? Infinity) >= atNs) break;
      this.#put(i, child);
      i = child;
    }
    this.#times[i] = atNs;
    this.#items[i] = item;
  }

  #put(to: number, from: number): void {
    const item = this.#items[from];
    if (item === undefined) return;
    this.#times[to] = this.#times[from] ?? Infinity;
    this.#items[to] = item;
  }
}
