import type { Socket } from 'node:net';
import type { Clock } from '../core/index.ts';
import type { ChainIdentity, LinkOutput } from '../faults/index.ts';
import { LinkChain } from '../faults/index.ts';

/** Reading stops when toxics hold this much in one direction, and goes on at half of it. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;
const HELD_CHUNKS_MAX = 4096;

/** What a path tells its connection. */
export interface PathEvents {
  /** Bytes were read. */
  read(byteLength: number): void;
  paused(): void;
  /** The first data met the toxic of this name. */
  touched(toxic: string): void;
  /** A toxic resets or closes the connection. */
  reset(): void;
  close(): void;
}

/**
 * One direction of a connection: what is read from one socket goes through the toxics to the other.
 *
 *     from ──'data','end'──► LinkChain ──write, end──► to
 *       ▲                        │                      │
 *       └────── pause, resume ───┴── held too much ─────┴── buffer full, 'drain'
 *
 * The end of one direction leaves the other open.
 */
export class StreamPath {
  readonly chain: LinkChain;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #events: PathEvents;
  #isPaused = false;

  constructor(
    sockets: { readonly from: Socket; readonly to: Socket },
    clock: Clock,
    identity: ChainIdentity,
    events: PathEvents,
  ) {
    this.#from = sockets.from;
    this.#to = sockets.to;
    this.#events = events;
    const out: LinkOutput = {
      data: (chunk) => this.#write(chunk.bytes),
      end: () => void this.#to.end(),
      reset: () => events.reset(),
      close: () => events.close(),
    };
    this.chain = new LinkChain(clock, identity, out, (toxic) => events.touched(toxic));
    this.#from.on('data', (bytes) => {
      events.read(bytes.length);
      this.chain.data({ bytes, receivedNs: clock.nowNs() });
      this.#regulate();
    });
    this.#from.on('end', () => this.chain.end());
    this.#to.on('drain', () => this.#regulate());
  }

  #write(bytes: Uint8Array): void {
    if (this.#to.writable) this.#to.write(bytes);
    if (this.#isPaused) this.#regulate();
  }

  /** Reads on or stops reading, as the other socket and the toxics can take more or not. */
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
      this.#events.paused();
      this.#from.pause();
    } else {
      this.#from.resume();
    }
  }
}
