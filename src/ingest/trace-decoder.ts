import { Worker } from 'node:worker_threads';
import {
  errorText,
  InvariantError,
  NS_PER_SEC,
  NS_PER_US,
  secFromNs,
  siblingModule,
  systemClock,
  type Clock,
  type Ns,
  type Timer,
} from '../core/index.ts';
import type { DecodeAnswer, Decoded, DecodeJob, TakenExport } from './decode-messages.ts';
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
/**
 * Processor time of the thread for one body: far more than any needs that is within the bounds, and
 * what it takes by the clock on a machine that has no time for it is not the body's fault.
 */
const READ_CPU_NS: Ns = 10 * NS_PER_SEC;
/** By the clock, where the thread does not even say what it has used. */
const READ_WITHIN_NS: Ns = 120 * NS_PER_SEC;
/** Bodies that the thread has at once: the next one lies there when it is done with one. */
const AT_THREAD_MAX = 2;

export interface DecodingThreadOptions {
  readonly clock?: Clock;
  /** What runs in the thread; for tests. */
  readonly module?: URL;
  /** Returns the processor time that a thread has used so far; for tests. */
  readonly cpuNsOf?: (worker: Worker) => Promise<Ns>;
}

interface Waiting {
  readonly job: DecodeJob;
  readonly resolve: (taken: TakenExport) => void;
  readonly reject: (error: unknown) => void;
  /** Of its start. */
  readonly timer: Timer;
}

/** The body that the thread reads now. */
interface Reading {
  readonly body: Waiting;
  /** What the thread had used before. */
  readonly cpuBeforeNs: Ns;
  /** Until the thread is asked what it has used since. */
  look: Timer;
  /** Until it is ended whatever it has used. */
  readonly end: Timer;
}

/**
 * Returns a decoder with a thread of its own, which starts with the first body and reads one after
 * another. Should the thread end, or one body take too much of its time, another one is started:
 * the body that it was reading is refused for good, others that it had, and those that have waited
 * too long, are to be sent again.
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
  readonly #cpuNsOf: (worker: Worker) => Promise<Ns>;
  readonly #waiting = new Set<Waiting>();
  /** Bodies at the thread, in its order; nobody may wait for the answer to one any more. */
  #atThread: Waiting[] = [];
  #reading: Reading | undefined;
  #worker: Worker | undefined;
  /** Processor time that the thread had used when it answered last. */
  #cpuNs: Ns = 0;
  #nextId = 0;

  constructor(maxItems: number, options: DecodingThreadOptions) {
    this.#maxItems = maxItems;
    this.#module = options.module ?? siblingModule(import.meta.url, 'decode-worker');
    this.#clock = options.clock ?? systemClock();
    this.#cpuNsOf = options.cpuNsOf ?? cpuNsOf;
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
    for (const { timer, reject } of [...this.#endReading(), ...this.#waiting]) {
      timer.cancel();
      reject(refusal);
    }
    this.#waiting.clear();
    await worker?.terminate();
  }

  /** Gives the thread the bodies that have waited longest, where it has room for them. */
  #readNext(): void {
    for (const next of this.#waiting) {
      if (this.#atThread.length >= AT_THREAD_MAX) break;
      this.#waiting.delete(next);
      this.#atThread.push(next);
      const { blocks } = next.job;
      const memory = blocks.map(({ buffer }) => buffer);
      (this.#worker ??= this.#start()).postMessage(next.job, memory);
    }
    const [body] = this.#atThread;
    if (body !== undefined && this.#worker !== undefined) this.#watch(this.#worker, body);
  }

  /** Sees that the thread does not spend too much on the body that it reads now. */
  #watch(worker: Worker, body: Waiting): void {
    if (this.#reading?.body === body) return;
    body.timer.cancel();
    const end = (within: string): void => {
      void worker.terminate();
      this.#lost(worker, within);
    };
    const look = async (): Promise<void> => {
      const usedNs = await this.#cpuNsOf(worker).then(
        (cpuNs) => cpuNs - reading.cpuBeforeNs,
        // It has ended, which is heard of otherwise.
        () => 0,
      );
      if (this.#reading !== reading) return;
      if (usedNs < READ_CPU_NS) reading.look = lookAfter(READ_CPU_NS - usedNs);
      else end(`in ${secFromNs(READ_CPU_NS)} s of processor time`);
    };
    const lookAfter = (ns: Ns): Timer => this.#clock.after(ns, () => void look());
    const reading: Reading = {
      body,
      cpuBeforeNs: this.#cpuNs,
      look: lookAfter(READ_CPU_NS),
      end: this.#clock.after(READ_WITHIN_NS, () => end(`within ${secFromNs(READ_WITHIN_NS)} s`)),
    };
    this.#reading = reading;
  }

  /** Returns the bodies at the thread, the one that is read first, and forgets them. */
  #endReading(): readonly Waiting[] {
    this.#reading?.look.cancel();
    this.#reading?.end.cancel();
    this.#reading = undefined;
    return this.#atThread.splice(0);
  }

  #start(): Worker {
    const worker = new Worker(this.#module, {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MIB },
    });
    this.#cpuNs = 0;
    // The sockets of the receiver are what keeps a process alive.
    worker.unref();
    const within = `within ${HEAP_MAX_MIB} MiB`;
    worker.on('message', (answer: DecodeAnswer) => {
      if (this.#worker === worker) this.#settle(answer);
    });
    worker.on('error', (error) => this.#lost(worker, `${within}: ${errorText(error)}`));
    worker.on('exit', () => this.#lost(worker, `${within}: it exited`));
    return worker;
  }

  #settle({ decoded, cpuNs }: DecodeAnswer): void {
    const [read, ...others] = this.#endReading();
    this.#atThread = others;
    this.#cpuNs = cpuNs;
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
    const [read, ...others] = this.#endReading();
    read?.reject(new Refusal('items', `the request cannot be read ${within}`));
    for (const { timer, reject } of others) {
      timer.cancel();
      reject(new Refusal('busy', 'the thread that was to read it has ended before'));
    }
    this.#readNext();
  }
}

/** Returns the processor time that a thread has used so far; rejects where it has ended. */
export async function cpuNsOf(worker: Worker): Promise<Ns> {
  const { user, system } = await worker.cpuUsage();
  return (user + system) * NS_PER_US;
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
