import { randomUUID } from 'node:crypto';
import {
  counted,
  errorText,
  HarnessError,
  NS_PER_MS,
  NS_PER_SEC,
  type Clock,
  type Ns,
} from '../../core/index.ts';
import { SPAN_TABLE, type SpanBlock } from '../../native/index.ts';
import { bytesOf, type InsertFrame } from './spool-frame.ts';
import type { SpoolFile } from './spool-file.ts';
import { leaveSpool } from './spool-folder.ts';

export interface SpanJournalOptions {
  readonly clock: Clock;
  /** Makes the file of one insert; throws where the disk does not. */
  readonly newFile: () => SpoolFile;
  /** Makes rows durable in the store. What the signal breaks off may be stored all the same. */
  readonly insert: (frame: InsertFrame, signal: AbortSignal) => Promise<void>;
  /** Most bytes that wait on disk. */
  readonly bytesMax?: number;
  /** Hears that the store does not take what waits, and that it does again. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

const MIB = 2 ** 20;
const BYTES_MAX = 512 * MIB;
/** Of one insert: ClickHouse makes a part of it, and a part for each day in it. */
const FILE_BYTES = 24 * MIB;
const FILE_ROWS = 100_000;
/** What waits is held in memory too, up to here; past it, it is read again from its file. */
const MEMORY_BYTES = 48 * MIB;
/** From the start of one insert to that of the next, at least: ClickHouse merges the parts. */
const INTERVAL_NS: Ns = 200 * NS_PER_MS;
const RETRY_NS: Ns = NS_PER_SEC;
/** Of one insert; past it the store is asked again under the same token. */
const INSERT_WITHIN_NS: Ns = 30 * NS_PER_SEC;
/** Once nothing more comes: what the store does not take waits for the next command. */
const LAST_INSERT_WITHIN_NS: Ns = 5 * NS_PER_SEC;

/** A file that holds the rows of one insert. */
interface Batch {
  readonly file: SpoolFile;
  /** Of its insert, whenever it is made: the store takes it once. */
  readonly token: string;
  rows: number;
  /** All its rows; undefined where they are not held in memory. */
  blocks: Buffer[] | undefined;
}

/**
 * Spans on their way to the store. What is appended is on disk, in a file that becomes one insert,
 * so that it outlives this process and the store's absence:
 *
 *     append ──► file ─ sealed as its insert begins ─► insert under its token ─► file is removed
 *
 * A file that is left behind, by a kill or since the store is away, is inserted by the next command
 * that opens the store. Where its insert had been made, the store knows its token.
 */
export class SpanJournal {
  readonly #options: SpanJournalOptions;
  readonly #columns = SPAN_TABLE.columns.map(({ name }) => name);
  #open: Batch | undefined;
  readonly #sealed: Batch[] = [];
  #inserting: Promise<void> | undefined;
  /** When the next insert may begin. */
  #earliestNs = Number.NEGATIVE_INFINITY;
  /** What the store said when it did not take an insert; undefined while it does. */
  #away: string | undefined;
  readonly #closing = new AbortController();

  constructor(options: SpanJournalOptions) {
    this.#options = options;
  }

  /** Spans that are not yet in the store. */
  get rows(): number {
    return this.#batches().reduce((sum, { rows }) => sum + rows, 0);
  }

  /**
   * Puts the rows of a block on disk. Of a file system whose cache outlives a kill of this process
   * and not a loss of power, as ClickHouse's own parts do.
   * @throws HarnessError STORE_OVERFLOW where the disk, or the bound, does not take them
   */
  append({ bytes, rows }: SpanBlock): void {
    const { newFile, bytesMax = BYTES_MAX } = this.#options;
    const batches = this.#batches();
    const waiting = batches.reduce((sum, { file }) => sum + file.bytes, 0);
    const held = batches.reduce((sum, { blocks }) => sum + bytesOf(blocks ?? []), 0);
    try {
      if (waiting + bytes.length > bytesMax) {
        throw new Error(`${Math.round(bytesMax / MIB)} MiB wait on disk, the most that may`);
      }
      this.#open ??= { file: newFile(), token: randomUUID(), rows: 0, blocks: [] };
      const batch = this.#open;
      batch.file.append(this.#frame(batch, rows, [bytes]));
      batch.rows += rows;
      if (held + bytes.length > MEMORY_BYTES) batch.blocks = undefined;
      batch.blocks?.push(bytes);
      if (batch.rows >= FILE_ROWS || batch.file.bytes >= FILE_BYTES) this.#seal();
    } catch (error) {
      const away = this.#away === undefined ? '' : `${this.#away}, and `;
      throw new HarnessError(
        'STORE_OVERFLOW',
        `${away}${counted(rows, 'span')} cannot be put on disk: ${errorText(error)}`,
        { hint: 'Make room on the disk, and see that the store runs.', cause: error },
      );
    }
    this.#inserting ??= this.#insertAll().finally(() => (this.#inserting = undefined));
  }

  /** Resolves when all that was appended is in the store; not at all where it stays away. */
  async settled(): Promise<void> {
    while (this.#inserting) await this.#inserting;
  }

  /**
   * Lets go of everything: the store is asked once more for what waits, and what it does not take
   * is left to the next command. Nothing may be appended any more.
   */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
    this.#seal();
    do await this.#insertFirst();
    while (this.#sealed.length > 0 && this.#away === undefined);
    const rows = this.rows;
    for (const { file } of this.#sealed.splice(0)) leaveSpool(file);
    if (rows > 0) {
      this.#options.onNotice?.(
        `${counted(rows, 'span')} wait on disk for the next command: ${this.#away}`,
      );
    }
  }

  #frame({ token }: Batch, rows: number, blocks: readonly Buffer[]): InsertFrame {
    return { table: SPAN_TABLE.name, columns: this.#columns, token, rows, blocks };
  }

  #batches(): readonly Batch[] {
    return this.#open ? [...this.#sealed, this.#open] : this.#sealed;
  }

  /** From now on the file is that of one insert, and does not change. */
  #seal(): void {
    if (this.#open) this.#sealed.push(this.#open);
    this.#open = undefined;
  }

  async #insertAll(): Promise<void> {
    const { clock } = this.#options;
    const closing = this.#closing.signal;
    while (this.#sealed.length > 0 || this.#open) {
      const restNs = Math.max(
        this.#earliestNs - clock.nowNs(),
        this.#away === undefined ? 0 : RETRY_NS,
      );
      if (restNs > 0) await rest(clock, restNs, closing);
      if (closing.aborted) return;
      this.#earliestNs = clock.nowNs() + INTERVAL_NS;
      if (this.#sealed.length === 0) this.#seal();
      await this.#insertFirst();
    }
  }

  /** Inserts the oldest file, and removes it where the store took it. */
  async #insertFirst(): Promise<void> {
    const { clock, insert, onNotice } = this.#options;
    const [batch] = this.#sealed;
    if (batch === undefined) return;
    const { file, rows, blocks } = batch;
    const breakOff = new AbortController();
    const end = (): void => breakOff.abort();
    let timer = clock.after(INSERT_WITHIN_NS, end);
    const hurry = (): void => {
      timer.cancel();
      timer = clock.after(LAST_INSERT_WITHIN_NS, end);
    };
    const closing = this.#closing.signal;
    if (closing.aborted) hurry();
    else closing.addEventListener('abort', hurry, { once: true });
    try {
      const frame = blocks ? this.#frame(batch, rows, blocks) : file.peek();
      if (frame) await insert(frame, breakOff.signal);
    } catch (error) {
      const reason = breakOff.signal.aborted ? 'the store does not answer' : errorText(error);
      if (this.#away === undefined) {
        onNotice?.(`${reason}; spans wait on disk until the store takes them`);
      }
      this.#away = reason;
      return;
    } finally {
      timer.cancel();
      closing.removeEventListener('abort', hurry);
    }
    this.#sealed.shift();
    file.remove();
    if (this.#away === undefined) return;
    this.#away = undefined;
    onNotice?.('the store takes spans again');
  }
}

/** Resolves after a time, or at a signal. */
function rest(clock: Clock, restNs: Ns, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(restNs, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
