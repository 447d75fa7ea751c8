import type { Http2Stream } from './stream.ts';

const SLOTS_MIN = 64;

/**
 * The open streams of a connection, by their numbers. Those of a client are odd and go up, so that
 * the open ones lie close together: each has the slot that its number says. One that finds it
 * taken, by a stream that has lasted for long, is looked up by its number.
 *
 *   id 129 131 133 ...          slots: id / 2, modulo their number; twice the streams at least
 *       0   1   2
 *
 * A Map of all would do, but for the garbage: it makes itself anew every few streams that come and
 * go, each time with a reference from the old one to the new. Once an old one has aged, every
 * later one lives, with the streams in it, until the whole heap is collected.
 */
export class OpenStreams {
  #slots: (Http2Stream | undefined)[] = emptySlots(SLOTS_MIN);
  #mask = SLOTS_MIN - 1;
  readonly #displaced = new Map<number, Http2Stream>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): Http2Stream | undefined {
    const stream = this.#slots[(id >>> 1) & this.#mask];
    if (stream?.id === id) return stream;
    return this.#displaced.size === 0 ? undefined : this.#displaced.get(id);
  }

  /** Adds one whose number is not here. */
  add(stream: Http2Stream): void {
    if (++this.#size * 2 > this.#slots.length) this.#widen();
    this.#put(stream);
  }

  remove(stream: Http2Stream): void {
    const at = (stream.id >>> 1) & this.#mask;
    if (this.#slots[at] === stream) this.#slots[at] = undefined;
    else if (!this.#displaced.delete(stream.id)) return;
    this.#size--;
  }

  /** Returns those that are open now, the oldest first. */
  all(): Http2Stream[] {
    const inSlots = this.#slots.filter((stream) => stream !== undefined);
    return [...inSlots, ...this.#displaced.values()].toSorted((a, b) => a.id - b.id);
  }

  #put(stream: Http2Stream): void {
    const at = (stream.id >>> 1) & this.#mask;
    if (this.#slots[at] === undefined) this.#slots[at] = stream;
    else this.#displaced.set(stream.id, stream);
  }

  #widen(): void {
    const all = this.all();
    this.#slots = emptySlots(2 * this.#slots.length);
    this.#mask = this.#slots.length - 1;
    this.#displaced.clear();
    for (const stream of all) this.#put(stream);
  }
}

function emptySlots(count: number): undefined[] {
  return Array.from({ length: count }, () => undefined);
}
