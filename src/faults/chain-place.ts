import { invariant, rngFrom, type Clock, type Timer } from '../core/index.ts';
import type { ActiveToxic, ToxicWatcher } from './active-toxic.ts';
import { kindOf } from './catalogue.ts';
import type { Chunk, Inlet, Link, LinkContext } from './link.ts';
import type { StreamToxicKind } from './toxic-kind.ts';
import type { Direction } from './toxic.ts';

/** Which connection of which proxy a chain belongs to, for its draws. */
export interface ChainIdentity {
  readonly seed: number;
  readonly proxy: string;
  /** Counted from 0 per proxy, in the order of acceptance. */
  readonly connection: number;
  readonly direction: Direction;
}

/** What a place can do to the chain it stands in. */
export interface PlaceEvents {
  /** The toxic has begun to work on the connection; told once. */
  touched(name: string): void;
  /** Its link resets the connection. */
  reset(): void;
  /** Its link closes the connection behind what it has passed on. */
  close(place: ChainPlace): void;
  /** It holds less than before, wherever that went: on, or nowhere. */
  holdsLess(): void;
}

/**
 * A toxic's place in the chain of one connection. It passes everything until the toxic has decided to
 * work on this connection, which is asked when data or the end reaches it; from then on a link of its
 * own does the work, until the toxic's window ends or an update spares the connection.
 */
export class ChainPlace implements Inlet, ToxicWatcher {
  readonly active: ActiveToxic;
  /** The place behind it, or the way out. */
  next: Inlet;
  readonly #identity: ChainIdentity;
  readonly #events: PlaceEvents;
  readonly #clock: Clock;
  /** Made for the first link; its successors draw on. */
  #context: LinkContext | undefined;
  #link: Link | undefined;
  /** Until it is to be asked again, where it does not wait for data. */
  #turn: Timer | undefined;
  #nth: number | undefined;
  #isSpared = false;
  #isTouched = false;
  #isGone = false;

  constructor(
    active: ActiveToxic,
    next: Inlet,
    chain: {
      readonly clock: Clock;
      readonly identity: ChainIdentity;
      readonly events: PlaceEvents;
    },
  ) {
    this.active = active;
    this.next = next;
    this.#clock = chain.clock;
    this.#identity = chain.identity;
    this.#events = chain.events;
  }

  get heldBytes(): number {
    return this.#link?.heldBytes ?? 0;
  }

  get heldChunks(): number {
    return this.#link?.heldChunks ?? 0;
  }

  data(chunk: Chunk): void {
    const link = this.#link ?? this.#decide();
    if (link) link.data(chunk);
    else this.next.data(chunk);
  }

  end(): void {
    this.#turn?.cancel();
    const link = this.#link ?? this.#decide();
    if (link) link.end();
    else this.next.end();
  }

  /** The toxic was put on, and the stream has not ended: some kinds do not wait for data. */
  begin(): void {
    if (!this.#kind().worksOnIdle || this.#isGone) return;
    if (this.#link ?? this.#decide()) return;
    const waitNs = this.#isSpared ? undefined : this.active.beginsInNs(this.#identity.connection);
    this.#turn?.cancel();
    this.#turn = waitNs === undefined ? undefined : this.#clock.after(waitNs, () => this.begin());
  }

  /** The toxic was changed: it may spare the connection now, or take it, or go on otherwise. */
  update(): void {
    this.#isSpared = false;
    const before = this.#link;
    if (!before) return this.begin();
    if (this.#verdict() !== 'works') return this.#letGo();
    const { chunks, ended } = before.handOver();
    const link = this.#makeLink(before);
    this.#link = link;
    for (const chunk of chunks) if (this.#link === link) link.data(chunk);
    if (ended && this.#link === link) link.end();
    this.#events.holdsLess();
    return undefined;
  }

  /** The window of the toxic has ended: what it held goes on. */
  windowEnded(): void {
    this.#isSpared = true;
    this.#letGo();
  }

  /** The toxic is taken off: what it held goes on, after that nothing. */
  leave(): void {
    this.#letGo();
    this.#isGone = true;
  }

  /** Forgets what is held: the connection is gone, or closed from further behind. */
  discard(): void {
    this.#isGone = true;
    this.#turn?.cancel();
    this.active.unwatch(this);
    this.#link?.discard();
    this.#link = undefined;
  }

  #decide(): Link | undefined {
    if (this.#isSpared || this.#isGone || !this.active.isOpen()) return undefined;
    const verdict = this.#verdict();
    this.#isSpared = verdict === 'spares';
    if (verdict !== 'works') return undefined;
    this.active.watch(this);
    this.#link = this.#makeLink();
    if (!this.#isTouched) this.#events.touched(this.active.toxic.name);
    this.#isTouched = true;
    return this.#link;
  }

  #verdict(): ReturnType<ActiveToxic['verdict']> {
    this.#nth ??= this.active.meet();
    return this.active.verdict(this.#identity.connection, this.#nth);
  }

  #letGo(): void {
    const link = this.#link;
    this.#link = undefined;
    this.#turn?.cancel();
    this.active.unwatch(this);
    link?.release();
    if (link) this.#events.holdsLess();
  }

  #makeLink(before?: Link): Link {
    this.#context ??= this.#makeContext();
    return this.#kind().link(this.active.toxic.settings, this.#context, before);
  }

  #makeContext(): LinkContext {
    const { seed, proxy, direction, connection } = this.#identity;
    return {
      clock: this.#clock,
      rng: rngFrom(seed, `${proxy}/${this.active.toxic.name}/${direction}/${connection}`),
      strength: () => this.active.strength(),
      out: {
        data: (chunk) => {
          if (this.#isGone) return;
          this.next.data(chunk);
          this.#events.holdsLess();
        },
        end: () => {
          if (!this.#isGone) this.next.end();
        },
        reset: () => {
          if (!this.#isGone) this.#events.reset();
        },
        close: () => {
          if (!this.#isGone) this.#events.close(this);
        },
      },
    };
  }

  #kind(): StreamToxicKind {
    const kind = kindOf(this.active.toxic.type);
    invariant(kind.works === 'stream', `${kind.type} works on a stream`);
    return kind;
  }
}
