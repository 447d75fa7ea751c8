import type { RunIds } from '../../trace/index.ts';

/**
 * Names requests, for draws that are the same in every run with the same seed:
 *
 *     a trace of this run     arrival's number + how often its trace came by before   `4171/0`
 *     any other               its number among those, in their order                   `#17`
 *
 * The first does not hang on the order in which connections were served, the second does.
 */
export class RequestKeys {
  readonly #ids: RunIds | undefined;
  readonly #meetings = new TraceMeetings();
  #others = 0;

  constructor(ids: RunIds | undefined) {
    this.#ids = ids;
  }

  /** Returns the key of the next request, which has this trace id, if any. */
  next(traceId: string | undefined): string {
    const seq = traceId === undefined ? undefined : this.#ids?.seqOfTraceId(traceId);
    if (seq !== undefined && traceId !== undefined)
      return `${seq}/${this.#meetings.count(traceId)}`;
    this.#others += 1;
    return `#${this.#others}`;
  }
}

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
