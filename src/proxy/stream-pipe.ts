import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../core/index.ts';
import type { ChainIdentity, Direction, LinkOutput } from '../toxics/index.ts';
import { LinkChain } from '../toxics/index.ts';
import type { ConnectionTouches } from './connection-touches.ts';
import { DirectWrites } from './direct-writes.ts';
import type { ProxyCounters, StreamCounters } from './proxy-stats.ts';

/** Reading stops when toxics hold this much in one direction, and goes on at half of it. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;
const HELD_CHUNKS_MAX = 4096;

/** What a pipe reports to its connection: a toxic wants it brought down. */
export interface PipeEvents {
  reset(): void;
  close(): void;
}

/**
 * One direction of a connection: what is read from one stream goes through the toxics to the other.
 *
 *     from ──take, 'end'──► LinkChain ──write, end──► to
 *       ▲                        │                     │
 *       └────── pause, resume ───┴── held too much ────┴── buffer full, 'drain'
 *
 * The end of one direction leaves the other open. Without toxics a read costs a write and nothing
 * else: no clock, no object, no call through the chain or the layers of a stream.
 */
export class StreamPipe {
  readonly chain: LinkChain;
  /** Sees what passes while there are toxics on the connection, in either direction. */
  touches: ConnectionTouches | undefined;
  readonly #from: Duplex;
  readonly #to: Duplex;
  /** Undefined where the other stream is no socket. */
  readonly #direct: DirectWrites | undefined;
  readonly #clock: Clock;
  readonly #counters: ProxyCounters;
  readonly #passed: StreamCounters;
  readonly #direction: Direction;
  #isPaused = false;
  #isStopped = false;

  constructor(
    streams: { readonly from: Duplex; readonly to: Duplex },
    clock: Clock,
    identity: ChainIdentity,
    counters: ProxyCounters,
    events: PipeEvents,
  ) {
    this.#from = streams.from;
    this.#to = streams.to;
    if (this.#to instanceof Socket) this.#direct = new DirectWrites(this.#to);
    this.#clock = clock;
    this.#counters = counters;
    this.#passed = counters[identity.direction];
    this.#direction = identity.direction;
    const out: LinkOutput = {
      data: ({ bytes }) => this.#write(bytes),
      end: () => void this.#to.end(),
      reset: () => events.reset(),
      close: () => events.close(),
    };
    this.chain = new LinkChain(clock, identity, out, {
      touched: (toxic) => counters.touched(toxic),
      acted: (toxic) => this.touches?.acted(toxic),
      broke: (toxic) => this.touches?.broke(toxic),
      passed: (toxic) => this.touches?.passed(toxic),
      holdsLess: () => {
        if (this.#isPaused) this.#regulate();
      },
    });
    this.#from.on('end', () => {
      if (!this.#isStopped) this.chain.end();
    });
    this.#to.on('drain', () => this.#regulate());
  }

  /** Takes what was read. The bytes belong to the pipe from now on. */
  take(bytes: Uint8Array): void {
    if (this.#isStopped) return;
    this.#passed.bytesRead += bytes.length;
    const { touches } = this;
    if (this.chain.isEmpty) {
      this.#write(bytes);
      if (this.#to.writableNeedDrain) this.#regulate();
      if (touches && this.#direction === 'upstream') touches.fromClient(bytes);
    } else {
      const receivedNs = this.#clock.nowNs();
      if (touches && this.#direction === 'upstream') touches.fromClient(bytes);
      this.chain.data({ bytes, receivedNs });
      this.#regulate();
    }
    if (touches && this.#direction === 'downstream') touches.fromServer(bytes);
  }

  /** Takes the first `length` bytes of what others are read into when it has returned. */
  takeLent(lent: Uint8Array, length: number): void {
    if (this.#isStopped) return;
    if (!this.chain.isEmpty || this.touches !== undefined) {
      this.take(new Uint8Array(lent.subarray(0, length)));
      return;
    }
    this.#passed.bytesRead += length;
    const written = this.#writeAtOnce(lent, length);
    if (written === length) return;
    this.#queue(new Uint8Array(lent.subarray(written, length)));
    if (this.#to.writableNeedDrain) this.#regulate();
  }

  /** Passes nothing on any more, and forgets what the toxics hold. */
  stop(): void {
    this.#isStopped = true;
    this.chain.discard();
  }

  #write(bytes: Uint8Array): void {
    const written = this.#writeAtOnce(bytes, bytes.length);
    if (written < bytes.length) this.#queue(written === 0 ? bytes : bytes.subarray(written));
  }

  /** Returns how many of the first `length` bytes have left for good. */
  #writeAtOnce(bytes: Uint8Array, length: number): number {
    const written = this.#direct?.write(bytes, length) ?? 0;
    this.#passed.bytesWritten += written;
    return written;
  }

  /** Gives the other stream what it has to wait with. The bytes are its own from now on. */
  #queue(bytes: Uint8Array): void {
    if (!this.#to.writable) return;
    this.#passed.bytesWritten += bytes.length;
    this.#to.write(bytes);
  }

  /** Reads on or stops reading, as the other stream and the toxics can take more or not. */
  #regulate(): void {
    const isFull = this.#to.writableNeedDrain;
    const share = this.#isPaused ? 0.5 : 1;
    const holdsMuch =
      this.chain.heldBytes > HELD_BYTES_MAX * share ||
      this.chain.heldChunks > HELD_CHUNKS_MAX * share;
    const shouldPause = isFull || holdsMuch;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) {
      this.#counters.pauses += 1;
      this.#from.pause();
    } else {
      this.#from.resume();
    }
  }
}
