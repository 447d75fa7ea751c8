import { dirname } from 'node:path';
import {
  counted,
  errorText,
  HarnessError,
  NS_PER_MS,
  NS_PER_SEC,
  type Clock,
  type Ns,
} from '../core/index.ts';
import { bytesOf, type InsertFrame } from './spool/spool-frame.ts';
import type { SpoolFile } from './spool/spool-file.ts';
import { leaveSpool } from './spool/spool-folder.ts';
import { damageText } from './spool/store-leftovers.ts';

export interface InsertGateOptions {
  readonly clock: Clock;
  /** Makes a block durable in the store. What the signal breaks off may be stored all the same. */
  readonly insert: (frame: InsertFrame, signal: AbortSignal) => Promise<void>;
  /** Returns whether a failed insert may succeed later. */
  readonly isPassing: (error: unknown) => boolean;
  /** Makes the file for what the store does not take; throws where the disk does not. */
  readonly newSpool: () => SpoolFile;
  /** Most bytes in that file. */
  readonly spoolBytesMax?: number;
  /** Hears that inserts go to the spool, and that the store is back; of a loss, who wrote it. */
  readonly onNotice?: (text: string) => void;
}

/** Where the results of a run are. */
export type StorageState =
  | { readonly kind: 'stored' }
  /** Not all is in the store. */
  | {
      readonly kind: 'not-stored';
      /** What the store did when it was last tried. */
      readonly reason: string;
      /** The folder of what waits for the next command; undefined where nothing does. */
      readonly spool: string | undefined;
      /** Rows that neither the store nor the spool took. */
      readonly lostRows: number;
    };

/** Below the time in which the OTLP receiver owes an answer. */
const PATIENCE_NS = 3 * NS_PER_SEC;
/** Where the user waits for the end. */
const HURRIED_PATIENCE_NS = NS_PER_SEC;
const RETRY_DELAYS_NS: readonly Ns[] = [100, 200, 400, 800].map((ms) => ms * NS_PER_MS);
/** A store that is slow, but answers, gets what waits in the spool too. */
const REPLAY_WITHIN_NS = 20 * NS_PER_SEC;
const PROBE_EVERY_NS = NS_PER_SEC;
const MIB = 1024 * 1024;
const SPOOL_BYTES_MAX = 512 * MIB;

/**
 * What stands between a run and its store. While the store takes inserts they pass. One that it has
 * not taken after some seconds goes into a file, and so do all that follow, in their order, until
 * the store has taken the file from its beginning:
 *
 *     insert ──► store                                    (up)
 *         └──► spool ── every second, one by one ──► store  (away)
 *
 * Every insert keeps its token, so that one of unknown fate counts once.
 */
export class InsertGate {
  readonly #options: InsertGateOptions;
  #spool: SpoolFile | undefined;
  /** Why the store is away; undefined while it is up. */
  #away: string | undefined;
  #replaying: Promise<void> | undefined;
  /** What was said last of a store that does not take inserts: once is enough. */
  #said = '';
  /** Whether the store has ever taken an insert. */
  #isKnown = false;
  /** Rows in the spool. */
  #waitingRows = 0;
  #lostRows = 0;
  #lostReason = '';
  readonly #hurry = new AbortController();
  readonly #closing = new AbortController();
  #back = Promise.withResolvers<void>();

  constructor(options: InsertGateOptions) {
    this.#options = options;
  }

  /**
   * Resolves with whether the block is in the store; else it is in the spool.
   * @throws HarnessError STORE_OVERFLOW where neither takes it; of the first inserts, what a store
   *   said that refuses them: it is not away, and nothing is lost yet
   */
  async insert(frame: InsertFrame): Promise<boolean> {
    if (this.#away === undefined) {
      const error = await this.#tried(frame);
      if (error === undefined) {
        this.#isKnown = true;
        return true;
      }
      if (!this.#isKnown && !this.#options.isPassing(error)) throw error;
      this.#goAway(errorText(error));
    }
    this.#keep(frame);
    const reason = this.#away ?? 'the store is away';
    if (this.#said === '') {
      this.#options.onNotice?.(`${reason}; results wait on disk until the store takes them`);
    }
    this.#said = reason;
    return false;
  }

  /** Where the results are now. */
  get state(): StorageState {
    if (this.#away === undefined && this.#lostRows === 0) return { kind: 'stored' };
    return {
      kind: 'not-stored',
      reason: this.#away ?? this.#lostReason,
      spool: this.#spool && dirname(this.#spool.path),
      lostRows: this.#lostRows,
    };
  }

  /** From now on an insert waits for the store for a second at most. */
  hurry(): void {
    this.#hurry.abort();
  }

  /** Resolves when the store is up and has all that was spooled; not at all where it stays away. */
  async back(): Promise<void> {
    while (this.#away !== undefined) await this.#back.promise;
  }

  /** Leaves what is in the spool to the next command. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#replaying;
    try {
      if (this.#spool) leaveSpool(this.#spool);
    } catch (error) {
      this.#options.onNotice?.(`what waited on disk is not there any more: ${errorText(error)}`);
    }
    this.#spool = undefined;
  }

  /** Returns the last error where the store did not take it in time. */
  async #tried(frame: InsertFrame): Promise<unknown> {
    const { clock } = this.#options;
    const fromNs = clock.nowNs();
    for (let attempt = 0; ; attempt++) {
      const patienceNs = this.#hurry.signal.aborted ? HURRIED_PATIENCE_NS : PATIENCE_NS;
      const leftNs = fromNs + patienceNs - clock.nowNs();
      const error = await this.#attempt(frame, leftNs);
      if (error === undefined || !(this.#isKnown || this.#options.isPassing(error))) return error;
      const delayNs = RETRY_DELAYS_NS[attempt] ?? NS_PER_SEC;
      if (clock.nowNs() + delayNs >= fromNs + patienceNs) return error;
      await within(clock, delayNs, [this.#hurry.signal, this.#closing.signal], never());
    }
  }

  /** Returns why it failed; undefined where the store has it. */
  async #attempt(frame: InsertFrame, withinNs: Ns): Promise<unknown> {
    const { clock, insert } = this.#options;
    const breakOff = new AbortController();
    const attempt = insert(frame, breakOff.signal).then(
      () => undefined,
      (error: unknown) => error ?? new Error('no reason given'),
    );
    const fromNs = clock.nowNs();
    const closing = this.#closing.signal;
    const signals = this.#hurry.signal.aborted ? [closing] : [closing, this.#hurry.signal];
    let outcome = await within(clock, withinNs, signals, attempt);
    const leftNs = Math.min(withinNs - (clock.nowNs() - fromNs), HURRIED_PATIENCE_NS);
    if (outcome.kind === 'over' && leftNs > 0) {
      outcome = await within(clock, leftNs, [closing], attempt);
    }
    if (outcome.kind === 'settled') return outcome.value;
    breakOff.abort();
    return new HarnessError('STORE_UNREACHABLE', 'the store does not answer', {
      hint: 'Check that its server runs and has room.',
    });
  }

  #goAway(reason: string): void {
    const isNews = this.#away === undefined;
    this.#away = reason;
    if (!isNews) return;
    this.#back = Promise.withResolvers();
    this.#replaying ??= this.#replay().finally(() => (this.#replaying = undefined));
  }

  #keep(frame: InsertFrame): void {
    const most = this.#options.spoolBytesMax ?? SPOOL_BYTES_MAX;
    try {
      this.#spool ??= this.#options.newSpool();
      if (this.#spool.bytes + bytesOf(frame.blocks) > most) {
        throw new Error(`${Math.round(most / MIB)} MiB wait in it, the most that may`);
      }
      this.#spool.append(frame);
      this.#waitingRows += frame.rows;
    } catch (error) {
      throw this.#lost(frame.rows, errorText(error));
    }
  }

  #lost(rows: number, why: string): HarnessError {
    const text = `${this.#away ?? 'the store is away'}, and the spool does not take ${counted(rows, 'row')}: ${why}`;
    if (this.#lostRows === 0) this.#lostReason = text;
    this.#lostRows += rows;
    return new HarnessError('STORE_OVERFLOW', text, {
      hint: 'Make room on the disk, and see that the store runs.',
    });
  }

  /** What is still counted as waiting at the end of the spool is not to be read there. */
  #leaveOutDamage(): void {
    const keptAs = this.#spool?.keptAs;
    if (keptAs !== undefined) {
      const text = damageText(keptAs);
      if (this.#lostRows === 0) this.#lostReason = text;
      this.#lostRows += this.#waitingRows;
      this.#options.onNotice?.(text);
    }
    this.#waitingRows = 0;
  }

  async #replay(): Promise<void> {
    const { clock, onNotice } = this.#options;
    let rows = 0;
    const closing = this.#closing.signal;
    while (!closing.aborted) {
      await within(clock, PROBE_EVERY_NS, [closing], never());
      for (let frame = this.#spool?.peek(); frame !== undefined; frame = this.#spool?.peek()) {
        if (closing.aborted) return;
        const error = await this.#attempt(frame, REPLAY_WITHIN_NS);
        if (error !== undefined) {
          this.#away = errorText(error);
          break;
        }
        rows += frame.rows;
        this.#waitingRows -= frame.rows;
        this.#spool?.done();
      }
      if (closing.aborted || this.#spool?.peek() !== undefined) continue;
      this.#leaveOutDamage();
      this.#spool?.remove();
      this.#spool = undefined;
      this.#away = undefined;
      if (rows > 0) {
        this.#said = '';
        onNotice?.(`the store takes results again; ${counted(rows, 'row')} that waited are in it`);
      }
      this.#back.resolve();
      return;
    }
  }
}

/** A new one each time: one for all would gather what waits for it. */
function never(): Promise<never> {
  return new Promise(() => {});
}

type Outcome<T> = { readonly kind: 'settled'; readonly value: T } | { readonly kind: 'over' };

/** Returns what a promise resolves with, or that the time was over or a signal came first. */
async function within<T>(
  clock: Clock,
  withinNs: Ns,
  signals: readonly AbortSignal[],
  promise: Promise<T>,
): Promise<Outcome<T>> {
  const over = Promise.withResolvers<Outcome<T>>();
  const end = (): void => over.resolve({ kind: 'over' });
  const timer = clock.after(withinNs, end);
  for (const signal of signals) {
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  }
  try {
    return await Promise.race([
      promise.then((value): Outcome<T> => ({ kind: 'settled', value })),
      over.promise,
    ]);
  } finally {
    timer.cancel();
    for (const signal of signals) signal.removeEventListener('abort', end);
  }
}
