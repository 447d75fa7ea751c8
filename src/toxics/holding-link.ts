import type { Ns, Timer } from '../core/index.ts';
import { HeldChunks } from './held-chunks.ts';
import type { Chunk, Held, Link, LinkContext } from './link.ts';

/**
 * What every link that holds data back has alike: a queue, an end behind it, one timer. A toxic
 * adds `advance`: pass on what may go now, and wait for what comes next.
 */
export abstract class HoldingLink<C extends Chunk = Chunk> implements Link {
  protected readonly context: LinkContext;
  protected readonly held = new HeldChunks<C>();
  #holdsEnd = false;
  #timer: Timer | undefined;

  constructor(context: LinkContext) {
    this.context = context;
  }

  get heldBytes(): number {
    return this.held.bytes;
  }

  get heldChunks(): number {
    return this.held.length;
  }

  /** Whether the end of the stream has come and was not passed on. */
  protected get holdsEnd(): boolean {
    return this.#holdsEnd;
  }

  /** Whether its timer is set. */
  protected get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  data(chunk: Chunk): void {
    this.held.push(this.received(chunk));
    this.advance();
  }

  end(): void {
    this.#holdsEnd = true;
    this.advance();
  }

  release(): void {
    this.stopWaiting();
    this.passAll();
  }

  handOver(): Held {
    this.stopWaiting();
    const held = { chunks: this.held.takeAll(), ended: this.#holdsEnd };
    this.#holdsEnd = false;
    return held;
  }

  discard(): void {
    this.stopWaiting();
    this.held.clear();
    this.#holdsEnd = false;
  }

  /** Passes on what may go now; where more is held, waits for its time. */
  protected abstract advance(): void;

  /** Returns the chunk as the queue holds it. */
  protected received(chunk: Chunk): C {
    return chunk as C;
  }

  /** Calls `advance` when the time has come; any earlier wait is taken back. */
  protected waitUntil(atNs: Ns): void {
    this.stopWaiting();
    const { clock } = this.context;
    this.#timer = clock.after(atNs - clock.nowNs(), () => {
      this.#timer = undefined;
      this.advance();
    });
  }

  protected stopWaiting(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Passes on all that is held, as received now, and the end. */
  protected passAll(): void {
    const receivedNs = this.context.clock.nowNs();
    for (let chunk = this.held.shift(); chunk; chunk = this.held.shift()) {
      this.context.out.data({ bytes: chunk.bytes, receivedNs });
    }
    this.passEnd();
  }

  /** Passes on the end, if it is held and nothing before it is. */
  protected passEnd(): void {
    if (!this.#holdsEnd || this.held.length > 0) return;
    this.#holdsEnd = false;
    this.context.out.end();
  }
}
