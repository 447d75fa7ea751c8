import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { counted, errorText, HarnessError } from '../../core/index.ts';
import { SPAN_TABLE, spanBlockOf, type SpanBlock } from '../../native/index.ts';
import type { Remembered, UndecidedLeftovers, UndecidedLog } from '../../sampling/index.ts';
import { openOwnFile } from '../local/own-file.ts';
import type { SpanJournal } from './span-journal.ts';
import type { SpoolFile } from './spool-file.ts';
import { createSpool, newSpoolPath, pathAs, takeFiles, takeLeftovers } from './spool-folder.ts';
import { damageText } from './store-leftovers.ts';

export interface UndecidedSegmentsOptions {
  /** The spool of the store. */
  readonly folder: string;
  /** Gives the store what is kept. */
  readonly journal: Pick<SpanJournal, 'take' | 'isFull'>;
  readonly onNotice?: ((text: string) => void) | undefined;
}

const SEGMENT_BYTES = 16 * 2 ** 20;
/**
 * What is kept of a segment has a token that begins so: it is decided, whatever its file is named.
 */
const KEPT = 'kept-';
/** Two words of a hash, and a number. */
const RECORD_BYTES = 16;
/** Most records of one file; two files are there at a time. */
const RECORDS_MAX = 2 ** 18;

/**
 * Spans of undecided traces, in files of the spool:
 *
 *     append ──► N.undecided ─ released ─► N.part ─ takes its place, and its name ─► N.spool
 *
 * What is kept of a segment is written beside it, then put in its place in one step: a kill leaves
 * the one or the other, and the spool's insert has a token. Files of a process that is gone are
 * taken over; a command that decides nothing stores all that is in them.
 */
export class UndecidedSegments implements UndecidedLog {
  readonly #options: UndecidedSegmentsOptions;
  readonly #columns = SPAN_TABLE.columns.map(({ name }) => name);
  /** By number, the oldest first. */
  readonly #segments = new Map<number, SpoolFile>();
  #open: number | undefined;
  #lastNumber = 0;
  #memory: RecordFile | undefined;
  #memoryBefore: RecordFile | undefined;

  constructor(options: UndecidedSegmentsOptions) {
    this.#options = options;
  }

  get bytes(): number {
    let bytes = 0;
    for (const file of this.#segments.values()) bytes += file.bytes;
    return bytes;
  }

  get isBehind(): boolean {
    return this.#options.journal.isFull;
  }

  takeOver(): UndecidedLeftovers {
    const { folder, onNotice } = this.#options;
    const segments: number[] = [];
    for (const file of takeLeftovers(folder, { kinds: ['undecided'], as: 'undecided' })) {
      const frames = [...file.frames()].map(({ token, rows }) => ({ token, rows }));
      if (file.keptAs !== undefined) onNotice?.(damageText(file.keptAs));
      const [first] = frames;
      if (first === undefined) file.remove();
      else if (first.token.startsWith(KEPT)) this.#handOn(file, first.token, sumOf(frames));
      else segments.push(this.#add(file));
    }
    return { remembered: this.#takeOverMemory(), segments };
  }

  append({ bytes, rows }: SpanBlock): number {
    try {
      this.#open ??= this.#add(createSpool(this.#options.folder, 'undecided'));
      const segment = this.#open;
      const file = this.#fileOf(segment);
      file.append(this.#frame('undecided', rows, bytes));
      if (file.bytes >= SEGMENT_BYTES) this.seal();
      return segment;
    } catch (error) {
      throw new HarnessError(
        'STORE_OVERFLOW',
        `${counted(rows, 'span')} cannot be put on disk: ${errorText(error)}`,
        { hint: 'Make room on the disk.', cause: error },
      );
    }
  }

  seal(): void {
    this.#open = undefined;
  }

  oldest(): number | undefined {
    const [oldest] = this.#segments.keys();
    return oldest === this.#open ? undefined : oldest;
  }

  *blocksOf(segment: number): Generator<SpanBlock, void, undefined> {
    for (const { blocks } of this.#fileOf(segment).frames()) {
      for (const block of blocks) yield spanBlockOf(block as Buffer<ArrayBuffer>);
    }
  }

  remember(records: readonly Remembered[]): void {
    if (records.length === 0) return;
    if (this.#memory && this.#memory.count >= RECORDS_MAX) {
      this.#memoryBefore?.remove();
      this.#memoryBefore = this.#memory;
      this.#memory = undefined;
    }
    this.#memory ??= new RecordFile(newSpoolPath(this.#options.folder, 'kept'));
    this.#memory.append(records);
  }

  async release(segment: number, keep: (block: SpanBlock) => SpanBlock | undefined): Promise<void> {
    const file = this.#fileOf(segment);
    const token = KEPT + randomUUID();
    let part: SpoolFile | undefined;
    let rows = 0;
    try {
      for (const block of this.blocksOf(segment)) {
        const kept = keep(block);
        if (kept !== undefined) {
          part ??= createSpool(this.#options.folder, 'part');
          part.append(this.#frame(token, kept.rows, kept.bytes));
          rows += kept.rows;
        }
        // A segment has hundreds of thousands of spans: others have the thread in between.
        await new Promise((resolve) => void setImmediate(resolve));
      }
      part?.moveTo(file.path);
    } catch (error) {
      part?.remove();
      throw error;
    }
    this.#segments.delete(segment);
    if (part === undefined) {
      file.remove();
      return;
    }
    file.close();
    this.#handOn(part, token, rows);
  }

  close(): void {
    for (const file of this.#segments.values()) file.close();
    this.#segments.clear();
    this.#memory?.close();
    this.#memoryBefore?.close();
  }

  #add(file: SpoolFile): number {
    const segment = ++this.#lastNumber;
    this.#segments.set(segment, file);
    return segment;
  }

  #fileOf(segment: number): SpoolFile {
    const file = this.#segments.get(segment);
    if (file === undefined) throw new RangeError(`no segment ${segment}`);
    return file;
  }

  #handOn(file: SpoolFile, token: string, rows: number): void {
    file.moveTo(pathAs(file.path, 'spool'));
    this.#options.journal.take(file, { token, rows });
  }

  #frame(token: string, rows: number, bytes: Buffer): Parameters<SpoolFile['append']>[0] {
    return { table: SPAN_TABLE.name, columns: this.#columns, token, rows, blocks: [bytes] };
  }

  /** The files of several processes become one, whose records this process adds to. */
  #takeOverMemory(): readonly Remembered[] {
    const paths = takeFiles(this.#options.folder, ['kept'], 'kept');
    const records = paths.flatMap(readRecords);
    this.remember(records);
    for (const path of paths) rmSync(path, { force: true });
    return records;
  }
}

function sumOf(frames: readonly { readonly rows: number }[]): number {
  return frames.reduce((sum, { rows }) => sum + rows, 0);
}

/** Records in a file of their own, which outlives the process. */
class RecordFile {
  readonly #path: string;
  readonly #fd: number;
  count = 0;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'wx', 0o600);
  }

  append(records: readonly Remembered[]): void {
    const bytes = Buffer.alloc(records.length * RECORD_BYTES);
    for (const [i, { high, low, limitNs }] of records.entries()) {
      bytes.writeUInt32LE(high, i * RECORD_BYTES);
      bytes.writeUInt32LE(low, i * RECORD_BYTES + 4);
      bytes.writeDoubleLE(limitNs, i * RECORD_BYTES + 8);
    }
    const start = this.count * RECORD_BYTES;
    for (let done = 0; done < bytes.length;) {
      // What a full disk took a part of is written again from the same place.
      done += writeSync(this.#fd, bytes, done, bytes.length - done, start + done);
    }
    this.count += records.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }
}

/** Returns the records of a file; one that a kill cut off is none. */
function readRecords(path: string): readonly Remembered[] {
  const fd = openOwnFile(path, constants.O_RDONLY);
  if (fd === undefined) return [];
  let bytes: Buffer;
  try {
    bytes = readFileSync(fd);
  } finally {
    closeSync(fd);
  }
  return Array.from({ length: Math.floor(bytes.length / RECORD_BYTES) }, (_, i) => ({
    high: bytes.readUInt32LE(i * RECORD_BYTES),
    low: bytes.readUInt32LE(i * RECORD_BYTES + 4),
    limitNs: bytes.readDoubleLE(i * RECORD_BYTES + 8),
  }));
}
