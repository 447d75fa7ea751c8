import { invariant, rngFrom, type Clock, type Timer } from '../core/index.ts';
import type { ActiveToxic } from './active-toxic.ts';
import type { ToxicWatcher } from './toxic.ts';
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

/** What is told of the toxics of a chain, each by its name. */
export interface ChainEvents {
  /** The toxic begins to affect the connection; called once. */
  touched(name: string): void;
  /**
   * The toxic acts: it holds, alters or swallows bytes or the end, passes on later what it held, or
   * brings the connection down. Told for every chunk, and before a connection goes.
   */
  acted(name: string): void;
  /** The toxic brings the connection down; told behind the act. */
  broke(name: string): void;
  /**
   * The toxic has passed a chunk or the end at once and as it came; or it leaves the connection to
   * itself from now on.
   */
  passed(name: string): void;
  /** Less is held than before: bytes were passed on, or dropped. */
  holdsLess(): void;
}

/** What a stage reports to its chain. */
export interface StageEvents extends ChainEvents {
  /** Its link resets the connection. */
  reset(): void;
  /** Its link closes the connection behind what it has passed on. */
  close(stage: ChainStage): void;
}

/**
 * One toxic's stage in the chain of one connection. When data or the end reaches it, it asks the
 * toxic whether it affects this connection. Until the answer is yes, everything passes; from then
 * on a link does the work, until the toxic's window ends or an update spares the connection.
 */
export class ChainStage implements Inlet, ToxicWatcher {
  readonly active: ActiveToxic;
  /** The next stage, or the chain's output. */
  next: Inlet;
  readonly #identity: ChainIdentity;
  readonly #events: StageEvents;
  readonly #clock: Clock;
  /** Made for the first link and kept for those after it, so that their draws go on. */
  #context: LinkContext | undefined;
  #link: Link | undefined;
  /** Asks again without waiting for data; only of kinds that work on idle connections. */
  #turn: Timer | undefined;
  #nth: number | undefined;
  #isSpared = false;
  #isTouched = false;
  #isGone = false;
  /** What its link was given just now and has not passed on as it came. */
  #given: Uint8Array | typeof END | undefined;

  constructor(
    active: ActiveToxic,
    next: Inlet,
    chain: {
      readonly clock: Clock;
      readonly identity: ChainIdentity;
      readonly events: StageEvents;
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
    if (!link) return this.next.data(chunk);
    this.#given = chunk.bytes;
    link.data(chunk);
    return this.#taken();
  }

  end(): void {
    this.#turn?.cancel();
    const link = this.#link ?? this.#decide();
    if (!link) return this.next.end();
    this.#given = END;
    link.end();
    return this.#taken();
  }

  /** Asks at once, without data: the toxic was added to a stream that has not ended. */
  begin(): void {
    if (!this.#kind().worksOnIdle || this.#isGone) return;
    if (this.#link ?? this.#decide()) return;
    const waitNs = this.#isSpared ? undefined : this.active.beginsInNs(this.#identity.connection);
    this.#turn?.cancel();
    this.#turn = waitNs === undefined ? undefined : this.#clock.after(waitNs, () => this.begin());
  }

  /**
   * The toxic was changed: it may spare the connection now, affect it, or go on with other
   * settings.
   */
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

  /** The window of the toxic has ended: passes on what it held. */
  windowEnded(): void {
    this.#isSpared = true;
    this.#letGo();
  }

  /** The toxic is removed: passes on what it held, and nothing after that. */
  leave(): void {
    this.#letGo();
    this.#isGone = true;
  }

  /** Drops what is held: the connection is gone, or a later stage has closed it. */
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
    if (!link) return;
    link.release();
    this.#events.passed(this.active.toxic.name);
    this.#events.holdsLess();
  }

  /** The link has taken what it was given: it acted, unless it has passed that on as it came. */
  #taken(): void {
    const { name } = this.active.toxic;
    const hasPassed = this.#given === undefined;
    this.#given = undefined;
    // Where it has brought the connection down, it has told so.
    if (this.#isGone) return undefined;
    return hasPassed ? this.#events.passed(name) : this.#events.acted(name);
  }

  /** Notes that something goes on: what the link was given just now, or else held. */
  #goesOn(passed: Uint8Array | typeof END): void {
    const given = this.#given;
    if (given === undefined) this.#events.acted(this.active.toxic.name);
    else if (isSame(given, passed)) this.#given = undefined;
  }

  #breaks(): void {
    const { name } = this.active.toxic;
    this.#events.acted(name);
    this.#events.broke(name);
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
          this.#goesOn(chunk.bytes);
          this.next.data(chunk);
          this.#events.holdsLess();
        },
        end: () => {
          if (this.#isGone) return;
          this.#goesOn(END);
          this.next.end();
        },
        reset: () => {
          if (this.#isGone) return;
          this.#breaks();
          this.#events.reset();
        },
        close: () => {
          if (this.#isGone) return;
          this.#breaks();
          this.#events.close(this);
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

/** In place of bytes: the end of the stream. */
const END = Symbol('end');

function isSame(given: Uint8Array | typeof END, passed: Uint8Array | typeof END): boolean {
  if (given === END || passed === END || given === passed) return given === passed;
  const isThere = given.buffer === passed.buffer && given.byteOffset === passed.byteOffset;
  return isThere && given.length === passed.length;
}
