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
  /** Most bytes that are held in memory beside that; 32 MiB where not given. */
  readonly memoryBytesMax?: number;
  /** Rows that make an insert worth while beside another one; 50,000 where not given. */
  readonly enoughRows?: number;
  /** Hears that the store does not take what waits, and that it does again. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

const MIB = 2 ** 20;
const BYTES_MAX = 512 * MIB;
/** Of one insert: ClickHouse makes a part of it, and a part for each day in it. */
const FILE_BYTES = 24 * MIB;
const FILE_ROWS = 100_000;
/** What waits is held in memory too, up to here; past it, it is read again from its file. */
const MEMORY_BYTES = 32 * MIB;
/** From the start of one insert to that of the next, at least: ClickHouse merges the parts. */
const INTERVAL_NS: Ns = 200 * NS_PER_MS;
/** An insert of so many rows waits for no more, and is made beside another one. */
const ENOUGH_ROWS = 50_000;
/** Others wait until nothing has come for a moment, but no longer than this. */
const QUIET_NS: Ns = 25 * NS_PER_MS;
const GATHER_NS: Ns = 300 * NS_PER_MS;
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
  /** When its first rows came. */
  readonly beganNs: Ns;
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
 * Rows gather for an insert while they come quickly. Where more than one insert's have gathered
 * while one is under way, the next is made beside it: the server makes each on one core.
 *
 * A file that is left behind, by a kill or since the store is away, is inserted by the next command
 * that opens the store. Where its insert had been made, the store knows its token.
 */
export class SpanJournal {
  readonly #options: SpanJournalOptions;
  readonly #columns = SPAN_TABLE.columns.map(({ name }) => name);
  #open: Batch | undefined;
  /** Oldest first; their inserts have not begun, or failed. */
  readonly #sealed: Batch[] = [];
  readonly #underWay = new Set<Batch>();
  #inserting: Promise<void> | undefined;
  /** A second insert beside that of `#inserting`. */
  #beside: Promise<void> | undefined;
  #lastStartNs = Number.NEGATIVE_INFINITY;
  #lastAppendNs = Number.NEGATIVE_INFINITY;
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
   * Puts the rows of a block on disk, and takes its memory. Of a file system whose cache outlives a
   * kill of this process and not a loss of power, as ClickHouse's own parts do.
   * @throws HarnessError STORE_OVERFLOW where the disk, or the bound, does not take them
   */
  append({ bytes, rows }: SpanBlock): void {
    const { clock, newFile, bytesMax = BYTES_MAX, memoryBytesMax = MEMORY_BYTES } = this.#options;
    const held = this.#batches().reduce((sum, { blocks }) => sum + bytesOf(blocks ?? []), 0);
    try {
      if (this.bytes + bytes.length > bytesMax) {
        throw new Error(`${Math.round(bytesMax / MIB)} MiB wait on disk, the most that may`);
      }
      this.#lastAppendNs = clock.nowNs();
      const beganNs = this.#lastAppendNs;
      this.#open ??= { file: newFile(), token: randomUUID(), beganNs, rows: 0, blocks: [] };
      const batch = this.#open;
      batch.file.append(this.#frame(batch, rows, [bytes]));
      batch.rows += rows;
      batch.blocks?.push(bytes);
      if (batch.blocks === undefined) free([bytes]);
      else if (held + bytes.length > memoryBytesMax) {
        free(batch.blocks);
        batch.blocks = undefined;
      }
      if (batch.rows >= FILE_ROWS || batch.file.bytes >= FILE_BYTES) this.#seal();
    } catch (error) {
      const away = this.#away === undefined ? '' : `${this.#away}, and `;
      throw new HarnessError(
        'STORE_OVERFLOW',
        `${away}${counted(rows, 'span')} cannot be put on disk: ${errorText(error)}`,
        { hint: 'Make room on the disk, and see that the store runs.', cause: error },
      );
    }
    this.#begin();
  }

  /** Bytes that wait on disk. */
  get bytes(): number {
    return this.#batches().reduce((sum, { file }) => sum + file.bytes, 0);
  }

  /** Whether more waits than may: nothing is appended then. */
  get isFull(): boolean {
    return this.bytes >= (this.#options.bytesMax ?? BYTES_MAX);
  }

  /** Takes a file that holds the rows of one insert, whole, however many wait. */
  take(file: SpoolFile, { token, rows }: { readonly token: string; readonly rows: number }): void {
    const beganNs = this.#options.clock.nowNs();
    this.#sealed.push({ file, token, beganNs, rows, blocks: undefined });
    this.#begin();
  }

  /** Resolves when all that was appended is in the store; not at all where it stays away. */
  async settled(): Promise<void> {
    while (this.#inserting ?? this.#beside) await (this.#inserting ?? this.#beside);
  }

  /**
   * Lets go of everything: the store is asked once more for what waits, and what it does not take
   * is left to the next command. Nothing may be appended any more.
   */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
    this.#seal();
    do await this.#insertNext();
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
    return [...this.#underWay, ...this.#sealed, ...(this.#open ? [this.#open] : [])];
  }

  /** From now on the file is that of one insert, and does not change. */
  #seal(): void {
    if (this.#open) this.#sealed.push(this.#open);
    this.#open = undefined;
  }

  /** Sees that what waits is inserted. */
  #begin(): void {
    if (this.#closing.signal.aborted || (this.#sealed.length === 0 && !this.#open)) return;
    this.#inserting ??= this.#insertAll().finally(() => {
      this.#inserting = undefined;
      this.#begin();
    });
    const isBusy = this.#underWay.size > 0 && this.#away === undefined;
    if (!isBusy || !this.#hasEnough()) return;
    this.#beside ??= this.#insertNext().finally(() => {
      this.#beside = undefined;
      this.#begin();
    });
  }

  #hasEnough(): boolean {
    const { enoughRows = ENOUGH_ROWS } = this.#options;
    return this.#sealed.length > 0 || (this.#open?.rows ?? 0) >= enoughRows;
  }

  async #insertAll(): Promise<void> {
    while (this.#sealed.length > 0 || this.#open) {
      await this.#untilDue();
      if (this.#closing.signal.aborted) return;
      await this.#insertNext();
    }
  }

  /** Resolves when the next insert should begin, or at the closing. */
  async #untilDue(): Promise<void> {
    const { clock } = this.#options;
    const closing = this.#closing.signal;
    if (this.#away !== undefined) {
      await rest(clock, RETRY_NS, closing);
      return;
    }
    while (!closing.aborted) {
      const nowNs = clock.nowNs();
      const gatheredNs = (this.#open?.beganNs ?? nowNs) + GATHER_NS;
      const ripeNs = Math.min(gatheredNs, this.#lastAppendNs + QUIET_NS);
      const dueNs = Math.max(this.#lastStartNs + INTERVAL_NS, this.#hasEnough() ? nowNs : ripeNs);
      if (dueNs <= nowNs) return;
      await rest(clock, dueNs - nowNs, closing);
    }
  }

  /** Inserts the oldest file, and removes it where the store took it. */
  async #insertNext(): Promise<void> {
    const { clock, insert, onNotice } = this.#options;
    if (this.#sealed.length === 0) this.#seal();
    const batch = this.#sealed.shift();
    if (batch === undefined) return;
    this.#underWay.add(batch);
    this.#lastStartNs = clock.nowNs();
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
      this.#sealed.unshift(batch);
      return;
    } finally {
      this.#underWay.delete(batch);
      timer.cancel();
      closing.removeEventListener('abort', hurry);
    }
    file.remove();
    if (this.#away === undefined) return;
    this.#away = undefined;
    onNotice?.('the store takes spans again');
  }
}

/**
 * Frees the memory of blocks now, not when garbage is collected, of which no insert knows yet: a
 * socket may still be sending what it was given. One whose memory is not its own is left alone.
 */
function free(blocks: readonly Buffer[]): void {
  for (const { buffer, byteLength } of blocks) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
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
