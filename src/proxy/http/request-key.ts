import type { RunIds } from '../../trace/index.ts';
import { TraceMeetings } from './trace-meetings.ts';

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
