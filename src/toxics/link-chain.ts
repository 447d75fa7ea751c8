import { invariant, type Clock } from '../core/index.ts';
import type { ActiveToxic } from './active-toxic.ts';
import { kindOf } from './catalogue.ts';
import {
  ChainStage,
  type ChainEvents,
  type ChainIdentity,
  type StageEvents,
} from './chain-stage.ts';
import type { Chunk, Inlet, LinkOutput } from './link.ts';

/**
 * The toxics on one direction of one connection, in the order in which they were added:
 *
 *     socket ──data, end──► [latency] ──► [reset_peer] ──► out (the other socket)
 *
 * Toxics come, change and go while data is inside. Nothing is lost or overtaken by it: a link that
 * leaves passes what it holds to the one behind it first, one that changes hands it to its
 * successor. Without toxics data goes straight out.
 */
export class LinkChain implements Inlet {
  readonly #clock: Clock;
  readonly #identity: ChainIdentity;
  readonly #out: LinkOutput;
  readonly #exit: Inlet;
  readonly #events: StageEvents;
  #stages: ChainStage[] = [];
  #first: Inlet;
  #hasEnded = false;
  #isClosing = false;

  constructor(clock: Clock, identity: ChainIdentity, out: LinkOutput, events: ChainEvents) {
    this.#clock = clock;
    this.#identity = identity;
    this.#out = out;
    this.#first = out;
    this.#exit = {
      data: (chunk) => out.data(chunk),
      end: () => (this.#isClosing ? out.close() : out.end()),
    };
    this.#events = {
      ...events,
      reset: () => this.#reset(),
      close: (stage) => this.#closeBehind(stage),
    };
  }

  /** Whether the chain has no toxic: data goes straight to the output, and nothing is held. */
  get isEmpty(): boolean {
    return this.#first === this.#out;
  }

  /** Bytes held back by all links together. */
  get heldBytes(): number {
    let bytes = 0;
    for (const stage of this.#stages) bytes += stage.heldBytes;
    return bytes;
  }

  /** Chunks held back by all links together. */
  get heldChunks(): number {
    let chunks = 0;
    for (const stage of this.#stages) chunks += stage.heldChunks;
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
   * Puts the toxic at the end of the chain, unless it works on the other direction or not on
   * streams. Returns whether it was put there; whether it works on this connection is decided
   * later.
   */
  add(active: ActiveToxic): boolean {
    const { name, type, stream } = active.toxic;
    invariant(this.#stageOf(name) === undefined, `toxic ${name} is added once`);
    if (kindOf(type).works !== 'stream' || stream !== this.#identity.direction) return false;
    if (this.#first === NOWHERE) return false;
    const stage = new ChainStage(active, this.#exit, {
      clock: this.#clock,
      identity: this.#identity,
      events: this.#events,
    });
    const last = this.#stages.at(-1);
    if (last) last.next = stage;
    else this.#first = stage;
    this.#stages.push(stage);
    if (!this.#hasEnded) stage.begin();
    return true;
  }

  /** The toxic was changed: what it holds stays in its order, under the new settings. */
  updated(name: string): void {
    this.#stageOf(name)?.update();
  }

  /** Takes the toxic out, if it is here, after what it holds was passed on. */
  remove(name: string): void {
    const stage = this.#stageOf(name);
    if (!stage) return;
    stage.leave();
    // On leaving, a stage may have closed the connection and dropped the stages before it.
    const index = this.#stages.indexOf(stage);
    if (index === -1) return;
    this.#stages.splice(index, 1);
    const before = this.#stages[index - 1];
    if (before) before.next = stage.next;
    else if (this.#first === stage) this.#first = this.#stages[0] ?? this.#out;
  }

  /** Forgets all that is held: the connection is gone. What still comes is dropped. */
  discard(): void {
    this.#first = NOWHERE;
    for (const stage of this.#stages) stage.discard();
    this.#stages = [];
  }

  #stageOf(name: string): ChainStage | undefined {
    return this.#stages.find((stage) => stage.active.toxic.name === name);
  }

  #reset(): void {
    this.discard();
    this.#out.reset();
  }

  /** Drops what this and earlier stages hold; later stages pass on what they hold, then close. */
  #closeBehind(stage: ChainStage): void {
    const index = this.#stages.indexOf(stage);
    invariant(index !== -1, 'a stage that closes is in the chain');
    this.#first = NOWHERE;
    this.#isClosing = true;
    for (const dropped of this.#stages.splice(0, index + 1)) dropped.discard();
    stage.next.end();
  }
}

/** Behind a connection that was brought down. */
const NOWHERE: Inlet = { data: () => undefined, end: () => undefined };
