import { Worker } from 'node:worker_threads';
import {
  errorText,
  InvariantError,
  NS_PER_SEC,
  secFromNs,
  siblingModule,
  systemClock,
  type Clock,
  type Ns,
  type Timer,
} from '../core/index.ts';
import type { Decoded, DecodeJob, TakenExport } from './decode-messages.ts';
import type { OtlpType } from './otlp-answer.ts';
import { Refusal } from './refusal.ts';

/** Reads the bodies of export requests. */
export interface TraceDecoder {
  /**
   * Returns what a body, in blocks, holds; their memory is taken away.
   * @throws Refusal 400 or 413 where it is no trace export within the bounds; 503 where it was not
   * looked at.
   */
  decode(type: OtlpType, blocks: readonly Uint8Array<ArrayBuffer>[]): Promise<TakenExport>;
  /** Ends it. What is under way is refused with 503. */
  close(): Promise<void>;
}

/** Of the thread: far more than any body needs that is within the bounds. */
const HEAP_MAX_MIB = 1_024;

/** Behind others, a body waits for so long: exporters give up after 10 s, retries included. */
const START_WITHIN_NS: Ns = 4 * NS_PER_SEC;
/** One that takes the thread for longer keeps it from all others; its own client has left. */
const READ_WITHIN_NS: Ns = 10 * NS_PER_SEC;

export interface DecodingThreadOptions {
  readonly clock?: Clock;
  /** What runs in the thread; for tests. */
  readonly module?: URL;
}

interface Waiting {
  readonly job: DecodeJob;
  readonly resolve: (taken: TakenExport) => void;
  readonly reject: (error: unknown) => void;
  /** Of its start, then of its end. */
  timer: Timer;
}

/**
 * Returns a decoder with a thread of its own, which starts with the first body and is given one
 * after another. Should the thread end, or take too long, another one is started: the body that it
 * was reading is refused for good, those that have waited too long are to be sent again.
 */
export function decodingThread(
  maxItems: number,
  options: DecodingThreadOptions = {},
): TraceDecoder {
  return new DecodingThread(maxItems, options);
}

class DecodingThread implements TraceDecoder {
  readonly #maxItems: number;
  readonly #module: URL;
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #reading: Waiting | undefined;
  #worker: Worker | undefined;
  #nextId = 0;

  constructor(maxItems: number, options: DecodingThreadOptions) {
    this.#maxItems = maxItems;
    this.#module = options.module ?? siblingModule(import.meta.url, 'decode-worker');
    this.#clock = options.clock ?? systemClock();
  }

  decode(type: OtlpType, blocks: readonly Uint8Array<ArrayBuffer>[]): Promise<TakenExport> {
    const job: DecodeJob = { id: this.#nextId++, type, blocks, maxItems: this.#maxItems };
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(START_WITHIN_NS, () => {
        this.#waiting.delete(waiting);
        const forSec = secFromNs(START_WITHIN_NS);
        reject(new Refusal('busy', `other requests are read before it, for ${forSec} s by now`));
      });
      const waiting: Waiting = { job, resolve, reject, timer };
      this.#waiting.add(waiting);
      this.#readNext();
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    const refusal = new Refusal('busy', 'the receiver is closing');
    this.#endReading()?.reject(refusal);
    for (const { timer, reject } of this.#waiting) {
      timer.cancel();
      reject(refusal);
    }
    this.#waiting.clear();
    await worker?.terminate();
  }

  /** Gives the thread the body that has waited longest, where it reads none. */
  #readNext(): void {
    const [next] = this.#waiting;
    if (this.#reading !== undefined || next === undefined) return;
    const worker = (this.#worker ??= this.#start());
    this.#waiting.delete(next);
    next.timer.cancel();
    next.timer = this.#clock.after(READ_WITHIN_NS, () => {
      void worker.terminate();
      this.#lost(worker, `within ${secFromNs(READ_WITHIN_NS)} s`);
    });
    this.#reading = next;
    const { blocks } = next.job;
    worker.postMessage(
      next.job,
      blocks.map(({ buffer }) => buffer),
    );
  }

  /** Returns the body that was being read, and stops its timer. */
  #endReading(): Waiting | undefined {
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.timer.cancel();
    return reading;
  }

  #start(): Worker {
    const worker = new Worker(this.#module, {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MIB },
    });
    // The sockets of the receiver are what keeps a process alive.
    worker.unref();
    const within = `within ${HEAP_MAX_MIB} MiB`;
    worker.on('message', (decoded: Decoded) => {
      if (this.#worker === worker) this.#settle(decoded);
    });
    worker.on('error', (error) => this.#lost(worker, `${within}: ${errorText(error)}`));
    worker.on('exit', () => this.#lost(worker, `${within}: it exited`));
    return worker;
  }

  #settle(decoded: Decoded): void {
    const read = this.#endReading();
    this.#readNext();
    try {
      read?.resolve(takenOf(decoded));
    } catch (error) {
      read?.reject(error);
    }
  }

  #lost(worker: Worker, within: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#endReading()?.reject(new Refusal('items', `the request cannot be read ${within}`));
    this.#readNext();
  }
}

/** Returns what was taken. @throws what decoding threw */
export function takenOf(decoded: Decoded): TakenExport {
  switch (decoded.kind) {
    case 'taken':
      return received(decoded.taken);
    case 'refused':
      throw new Refusal(decoded.reason, decoded.message);
    case 'failed':
      throw new InvariantError(decoded.stack);
  }
}

/** In the message that brings it a Buffer becomes a Uint8Array. */
function received({ block, ...taken }: TakenExport): TakenExport {
  const { buffer, byteOffset, byteLength } = block.bytes;
  return { ...taken, block: { ...block, bytes: Buffer.from(buffer, byteOffset, byteLength) } };
}
