import type { Clock, Ns, Rng } from '../core/index.ts';

/** One read's worth of bytes, and when it came to the link that holds it. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly receivedNs: Ns;
}

/** Where chunks can be put in: a link, or the socket behind the last one. */
export interface Inlet {
  data(chunk: Chunk): void;
  /** End of stream (FIN). Called once at most; no data comes after it. */
  end(): void;
}

/** What a link can do: pass on, or bring down the connection that it belongs to. */
export interface LinkOutput extends Inlet {
  /** Resets the connection, both its sides (TCP RST). What is held anywhere in it is lost. */
  reset(): void;
  /**
   * Closes the connection, both its sides (FIN), after what was passed on before has gone out in
   * this direction. What comes later, and what earlier stages hold, is lost.
   */
  close(): void;
}

/**
 * What a link had held: chunks in their order, and whether the end of the stream came after them.
 */
export interface Held {
  readonly chunks: readonly Chunk[];
  readonly ended: boolean;
}

/**
 * A toxic at work on one direction of one connection: a small state machine on chunks.
 *
 *     data, end  ┌──────┐  data, end (later, fewer, other)
 *    ───────────►│ link │─────────────►
 *                └──┬───┘  reset, close
 *                   └─ holds chunks; timers on the injected clock, draws of the injected Rng
 *
 * A link keeps the order of what it passes on, and puts out nothing after `release`, `handOver` or
 * `discard`, nor after it has closed or reset the connection.
 */
export interface Link extends Inlet {
  /** Bytes held back; the proxy stops reading past a bound. */
  readonly heldBytes: number;
  /** Chunks held back; the proxy stops reading past a bound. */
  readonly heldChunks: number;
  /**
   * The toxic was removed: passes on at once, in order, all that is held, also an end. One that has
   * swallowed data cannot give the connection back whole and closes it.
   */
  release(): void;
  /** The settings were changed: gives up all that is held to the link that replaces it. */
  handOver(): Held;
  /** The connection is gone: forgets all that is held and takes its timers back. */
  discard(): void;
}

/** What a link is given: time, chance, and where its output goes. */
export interface LinkContext {
  readonly clock: Clock;
  /** The link's own: seeded by (seed, proxy, fault, direction, connection number). */
  readonly rng: Rng;
  readonly out: LinkOutput;
  /** Returns how much of its amount a toxic that ramps adds now: from 0 up to 1, where it stays. */
  strength(): number;
}

/** A link that holds nothing back: passes data and the end at once, as they are. */
export class PassingLink implements Link {
  readonly heldBytes: number = 0;
  readonly heldChunks: number = 0;
  protected readonly context: LinkContext;

  constructor(context: LinkContext) {
    this.context = context;
  }

  data(chunk: Chunk): void {
    this.context.out.data(chunk);
  }

  end(): void {
    this.context.out.end();
  }

  release(): void {
    // Nothing is held.
  }

  handOver(): Held {
    return { chunks: [], ended: false };
  }

  discard(): void {
    // Nothing is held.
  }
}
