import { UINT31_MAX } from './frame-format.ts';
import { OpenStreams } from './open-streams.ts';
import type { Http2Stream } from './stream.ts';

/** What a frame's stream is to us. */
export const IDLE = 0;
export const OPEN = 1;
/**
 * We reset it, and what the peer sent before it knew is passed over; or the peer did, and sends
 * frames of it all the same, as grpc-java does.
 */
export const RESET = 2;
export const ENDED = 3;
export type StreamState = typeof IDLE | typeof OPEN | typeof RESET | typeof ENDED;

/** How many streams that were reset are remembered; of older ones, late frames pass too. */
const RESETS_MAX = 10_000;

/** The streams of a connection that are open, and what is known of those that are not. */
export class StreamTable {
  readonly open = new OpenStreams();
  readonly #idMax: number;
  readonly #resets = new Set<number>();
  /** Up to here it is forgotten which streams were reset. */
  #forgottenTo = 0;
  #nextId = 1;

  /** `idMax`: the highest number that a stream may have. */
  constructor(idMax: number = UINT31_MAX) {
    this.#idMax = idMax;
  }

  get isUsedUp(): boolean {
    return this.#nextId > this.#idMax;
  }

  takeId(): number {
    const id = this.#nextId;
    this.#nextId += 2;
    return id;
  }

  stateOf(id: number): StreamState {
    if (this.open.get(id) !== undefined) return OPEN;
    if (id >= this.#nextId || id % 2 === 0) return IDLE;
    return id <= this.#forgottenTo || this.#resets.has(id) ? RESET : ENDED;
  }

  /** Closes a stream; `isReset` where frames of it may still come. */
  remove(stream: Http2Stream, isReset: boolean): void {
    stream.isClosed = true;
    this.open.remove(stream);
    if (!isReset) return;
    this.#resets.add(stream.id);
    if (this.#resets.size <= RESETS_MAX) return;
    const [oldest = 0] = this.#resets;
    this.#resets.delete(oldest);
    this.#forgottenTo = Math.max(this.#forgottenTo, oldest);
  }

  /** The peer has ended a stream that we had reset: nothing of it can come any more. */
  settle(id: number): void {
    this.#resets.delete(id);
  }
}
