/** Traces remembered; the one that was met longest ago is forgotten first. */
const TRACES_MAX = 100_000;

/**
 * How often each trace has met something, a toxic say. Within one trace calls come one after the
 * other as a rule, so that the n-th call of a trace is the same call in every run.
 */
export class TraceMeetings {
  readonly #counts = new Map<string, number>();

  /** Returns how often the trace came before, and counts this time. */
  count(traceId: string): number {
    const before = this.#counts.get(traceId) ?? 0;
    this.#counts.delete(traceId);
    this.#counts.set(traceId, before + 1);
    if (this.#counts.size > TRACES_MAX) this.#forgetOldest();
    return before;
  }

  #forgetOldest(): void {
    const oldest = this.#counts.keys().next();
    if (oldest.done !== true) this.#counts.delete(oldest.value);
  }
}
