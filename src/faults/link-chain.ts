import { drawAt, hashText, invariant, rngFrom, type Clock } from '../core/index.ts';
import { kindOf } from './catalogue.ts';
import type { Chunk, Inlet, Link, LinkOutput } from './link.ts';
import type { Direction, Toxic } from './toxic.ts';

/** Which connection of which proxy a chain belongs to, for its draws. */
export interface ChainIdentity {
  readonly seed: number;
  readonly proxy: string;
  /** Counted from 0 per proxy, in the order of acceptance. */
  readonly connection: number;
  readonly direction: Direction;
}

interface Place {
  readonly name: string;
  readonly link: Link;
  readonly inlet: Inlet;
  next: Inlet;
}

/**
 * The toxics on one direction of one connection, in the order in which they were added:
 *
 *     socket ──data, end──► [latency] ──► [reset] ──► out (the other socket)
 *
 * Toxics come and go while data is inside. Nothing is lost or overtaken by it: a link that leaves
 * passes what it holds to the one behind it first.
 */
export class LinkChain implements Inlet {
  readonly #clock: Clock;
  readonly #identity: ChainIdentity;
  readonly #out: LinkOutput;
  readonly #onTouched: (name: string) => void;
  #places: Place[] = [];

  /** `onTouched` hears of each toxic once, when the first data or the end reaches its link. */
  constructor(
    clock: Clock,
    identity: ChainIdentity,
    out: LinkOutput,
    onTouched: (name: string) => void,
  ) {
    this.#clock = clock;
    this.#identity = identity;
    this.#out = out;
    this.#onTouched = onTouched;
  }

  /** Bytes held back by all links together. */
  get heldBytes(): number {
    let bytes = 0;
    for (const place of this.#places) bytes += place.link.heldBytes;
    return bytes;
  }

  /** Chunks held back by all links together. */
  get heldChunks(): number {
    let chunks = 0;
    for (const place of this.#places) chunks += place.link.heldChunks;
    return chunks;
  }

  data(chunk: Chunk): void {
    this.#first().data(chunk);
  }

  end(): void {
    this.#first().end();
  }

  /**
   * Puts the toxic at the end of the chain, unless it works on the other direction or its toxicity
   * spares this connection. Returns whether it was put there.
   */
  add(toxic: Toxic): boolean {
    const { name } = toxic;
    invariant(!this.#places.some((place) => place.name === name), `toxic ${name} is added once`);
    if (toxic.stream !== this.#identity.direction) return false;
    if (!isAfflicted(this.#identity, name, toxic.toxicity)) return false;
    const place = this.#makePlace(toxic);
    const last = this.#places.at(-1);
    if (last) last.next = place.inlet;
    this.#places.push(place);
    return true;
  }

  /** Takes the toxic out, if it is here, after what it holds was passed on. */
  remove(name: string): void {
    const index = this.#places.findIndex((place) => place.name === name);
    const place = this.#places[index];
    if (!place) return;
    place.link.release();
    const before = this.#places[index - 1];
    if (before) before.next = place.next;
    this.#places.splice(index, 1);
  }

  /** Forgets all that is held: the connection is gone. */
  discard(): void {
    for (const place of this.#places) place.link.discard();
    this.#places = [];
  }

  #first(): Inlet {
    return this.#places[0]?.inlet ?? this.#out;
  }

  #makePlace(toxic: Toxic): Place {
    const { name } = toxic;
    const kind = kindOf(toxic.type);
    invariant(kind.works === 'stream', `${toxic.type} works on a stream`);
    const { seed, proxy, connection, direction } = this.#identity;
    const rng = rngFrom(seed, `${proxy}/${name}/${direction}/${connection}`);
    const out: LinkOutput = {
      data: (chunk) => place.next.data(chunk),
      end: () => place.next.end(),
      reset: () => this.#out.reset(),
      close: () => this.#out.close(),
    };
    const context = { clock: this.#clock, rng, out, strength: () => 1 };
    const link = kind.link(toxic.settings as never, context);
    let touched = false;
    const touch = (): void => {
      if (!touched) this.#onTouched(name);
      touched = true;
    };
    const inlet: Inlet = {
      data: (chunk) => {
        touch();
        link.data(chunk);
      },
      end: () => {
        touch();
        link.end();
      },
    };
    const place: Place = { name, link, inlet, next: this.#out };
    return place;
  }
}

/** Rolls the toxicity: a function of (seed, proxy, fault, connection) alone. */
function isAfflicted(identity: ChainIdentity, name: string, toxicity: number): boolean {
  const purpose = hashText(`toxicity/${identity.proxy}/${name}`);
  return drawAt(identity.seed, purpose, identity.connection) < toxicity;
}
