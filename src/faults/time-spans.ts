import type { Ms } from '../core/index.ts';

/** Stretches of time, each from its first to its last moment; those that meet are one. */
export class TimeSpans {
  /** Apart from each other, the earliest first. */
  readonly #spans: { fromMs: Ms; toMs: Ms }[] = [];

  /** How many there are, apart from each other. */
  get count(): number {
    return this.#spans.length;
  }

  /** Adds one; most come in the order of time. */
  add(fromMs: Ms, toMs: Ms): void {
    const spans = this.#spans;
    let at = spans.length;
    while (at > 0 && (spans[at - 1]?.fromMs ?? 0) > fromMs) at -= 1;
    const before = spans[at - 1];
    const merged = before && before.toMs >= fromMs ? before : { fromMs, toMs };
    if (merged === before) merged.toMs = Math.max(merged.toMs, toMs);
    else spans.splice(at++, 0, merged);
    let past = at;
    for (let next = spans[past]; next && next.fromMs <= merged.toMs; next = spans[++past]) {
      merged.toMs = Math.max(merged.toMs, next.toMs);
    }
    spans.splice(at, past - at);
  }

  /** Returns whether one of them shares a moment with [fromMs, toMs]. */
  overlap(fromMs: Ms, toMs: Ms): boolean {
    // They are apart: the last that begins by `toMs` is also the last to end.
    let [low, high] = [0, this.#spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#spans[middle]?.fromMs ?? 0) <= toMs) low = middle + 1;
      else high = middle;
    }
    const last = this.#spans[low - 1];
    return last !== undefined && last.toMs >= fromMs;
  }

  /** Forgets the earliest. */
  dropFirst(): void {
    this.#spans.shift();
  }
}
