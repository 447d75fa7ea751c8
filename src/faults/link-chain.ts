import { invariant, type Clock } from '../core/index.ts';
import type { ActiveToxic } from './active-toxic.ts';
import { kindOf } from './catalogue.ts';
import { ChainPlace, type ChainIdentity, type PlaceEvents } from './chain-place.ts';
import type { Chunk, Inlet, LinkOutput } from './link.ts';

/**
 * The toxics on one direction of one connection, in the order in which they were added:
 *
 *     socket ──data, end──► [latency] ──► [reset_peer] ──► out (the other socket)
 *
 * Toxics come, change and go while data is inside. Nothing is lost or overtaken by it: a link that
 * leaves passes what it holds to the one behind it first, one that changes hands it to its successor.
 * Without toxics data goes straight out.
 */
export class LinkChain implements Inlet {
  readonly #clock: Clock;
  readonly #identity: ChainIdentity;
  readonly #out: LinkOutput;
  readonly #exit: Inlet;
  readonly #events: PlaceEvents;
  #places: ChainPlace[] = [];
  #first: Inlet;
  #hasEnded = false;
  #isClosing = false;

  /**
   * `onTouched` hears of each toxic once, when it begins to work on this connection; `onLess` whenever
   * less is held than before, whether it came out or was swallowed by a toxic further behind.
   */
  constructor(
    clock: Clock,
    identity: ChainIdentity,
    out: LinkOutput,
    onTouched: (name: string) => void,
    onLess: () => void = () => undefined,
  ) {
    this.#clock = clock;
    this.#identity = identity;
    this.#out = out;
    this.#first = out;
    this.#exit = {
      data: (chunk) => out.data(chunk),
      end: () => (this.#isClosing ? out.close() : out.end()),
    };
    this.#events = {
      touched: onTouched,
      holdsLess: onLess,
      reset: () => this.#reset(),
      close: (place) => this.#closeBehind(place),
    };
  }

  /** Whether no toxic stands here: data goes straight out, and nothing is held. */
  get isEmpty(): boolean {
    return this.#first === this.#out;
  }

  /** Bytes held back by all links together. */
  get heldBytes(): number {
    let bytes = 0;
    for (const place of this.#places) bytes += place.heldBytes;
    return bytes;
  }

  /** Chunks held back by all links together. */
  get heldChunks(): number {
    let chunks = 0;
    for (const place of this.#places) chunks += place.heldChunks;
    return chunks;
  }

  data(chunk: Chunk): void {
    this.#first.data(chunk);
  }

  end(): void {
    this.#hasEnded = true;
    this.#first.end();
  }

  /**
   * Puts the toxic at the end of the chain, unless it works on the other direction or not on streams.
   * Returns whether it was put there; whether it works on this connection is decided later.
   */
  add(active: ActiveToxic): boolean {
    const { name, type, stream } = active.toxic;
    invariant(this.#placeOf(name) === undefined, `toxic ${name} is added once`);
    if (kindOf(type).works !== 'stream' || stream !== this.#identity.direction) return false;
    if (this.#first === NOWHERE) return false;
    const place = new ChainPlace(active, this.#exit, {
      clock: this.#clock,
      identity: this.#identity,
      events: this.#events,
    });
    const last = this.#places.at(-1);
    if (last) last.next = place;
    else this.#first = place;
    this.#places.push(place);
    if (!this.#hasEnded) place.begin();
    return true;
  }

  /** The toxic was changed: what it holds stays in its order, under the new settings. */
  updated(name: string): void {
    this.#placeOf(name)?.update();
  }

  /** Takes the toxic out, if it is here, after what it holds was passed on. */
  remove(name: string): void {
    const place = this.#placeOf(name);
    if (!place) return;
    place.leave();
    // What left may have closed the connection, and the places before it with it.
    const index = this.#places.indexOf(place);
    if (index === -1) return;
    this.#places.splice(index, 1);
    const before = this.#places[index - 1];
    if (before) before.next = place.next;
    else if (this.#first === place) this.#first = this.#places[0] ?? this.#out;
  }

  /** Forgets all that is held: the connection is gone. What still comes is dropped. */
  discard(): void {
    this.#first = NOWHERE;
    for (const place of this.#places) place.discard();
    this.#places = [];
  }

  #placeOf(name: string): ChainPlace | undefined {
    return this.#places.find((place) => place.active.toxic.name === name);
  }

  #reset(): void {
    this.discard();
    this.#out.reset();
  }

  /** Lets go on what stands behind the place, with an end that closes; drops the rest. */
  #closeBehind(place: ChainPlace): void {
    const index = this.#places.indexOf(place);
    invariant(index !== -1, 'a place that closes stands in the chain');
    this.#first = NOWHERE;
    this.#isClosing = true;
    for (const dropped of this.#places.splice(0, index + 1)) dropped.discard();
    place.next.end();
  }
}

/** Behind a connection that was brought down. */
const NOWHERE: Inlet = { data: () => undefined, end: () => undefined };
