import { Worker } from 'node:worker_threads';
import { errorText, InvariantError, siblingModule } from '../core/index.ts';
import type { Decoded, DecodeJob, PackedExport } from './decode-messages.ts';
import type { OtlpType } from './otlp-answer.ts';
import { Refusal } from './refusal.ts';

/** Reads the bodies of export requests. */
export interface TraceDecoder {
  /**
   * Returns what a body, in blocks, holds; their memory is taken away.
   * @throws Refusal 400 or 413 where it is no trace export within the bounds; 503 where it was not
   * looked at.
   */
  decode(type: OtlpType, blocks: readonly Uint8Array<ArrayBuffer>[]): Promise<PackedExport>;
  /** Ends it. What is under way is refused with 503. */
  close(): Promise<void>;
}

/** Of the thread: far more than any body needs that is within the bounds. */
const HEAP_MAX_MIB = 1_024;

interface Waiting {
  readonly resolve: (taken: PackedExport) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Returns a decoder with a thread of its own, which starts with the first body. Should the thread
 * end, another one is started for the next body: the one that it was reading is refused for good,
 * those behind it are to be sent again.
 */
export function decodingThread(
  maxItems: number,
  module = siblingModule(import.meta.url, 'decode-worker'),
): TraceDecoder {
  return new DecodingThread(maxItems, module);
}

class DecodingThread implements TraceDecoder {
  readonly #maxItems: number;
  readonly #module: URL;
  /** In the order in which they were handed over, which is that in which they are read. */
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 0;

  constructor(maxItems: number, module: URL) {
    this.#maxItems = maxItems;
    this.#module = module;
  }

  decode(type: OtlpType, blocks: readonly Uint8Array<ArrayBuffer>[]): Promise<PackedExport> {
    const worker = (this.#worker ??= this.#start());
    const job: DecodeJob = { id: this.#nextId++, type, blocks, maxItems: this.#maxItems };
    return new Promise((resolve, reject) => {
      this.#waiting.set(job.id, { resolve, reject });
      worker.postMessage(
        job,
        blocks.map(({ buffer }) => buffer),
      );
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#refuseAll(new Refusal('busy', 'the receiver is closing'));
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#module, {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MIB },
    });
    // The sockets of the receiver are what keeps a process alive.
    worker.unref();
    worker.on('message', (decoded: Decoded) => this.#settle(decoded));
    worker.on('error', (error) => this.#lost(worker, errorText(error)));
    worker.on('exit', () => this.#lost(worker, 'it exited'));
    return worker;
  }

  #settle(decoded: Decoded): void {
    const waiting = this.#waiting.get(decoded.id);
    this.#waiting.delete(decoded.id);
    try {
      waiting?.resolve(takenOf(decoded));
    } catch (error) {
      waiting?.reject(error);
    }
  }

  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [id, { reject }] = first;
    this.#waiting.delete(id);
    reject(new Refusal('items', `the request cannot be read within ${HEAP_MAX_MIB} MiB: ${why}`));
    this.#refuseAll(new Refusal('busy', 'another request ended the thread that reads them'));
  }

  #refuseAll(refusal: Refusal): void {
    for (const { reject } of this.#waiting.values()) reject(refusal);
    this.#waiting.clear();
  }
}

/** Returns what was taken. @throws what decoding threw */
export function takenOf(decoded: Decoded): PackedExport {
  switch (decoded.kind) {
    case 'taken':
      return decoded.taken;
    case 'refused':
      throw new Refusal(decoded.reason, decoded.message);
    case 'failed':
      throw new InvariantError(decoded.stack);
  }
}
