import { crc32 } from 'node:zlib';
import { WRITTEN_TABLES } from '../tables/written-tables.ts';

/** One insert, whole: what {@link StoreConnection.insertNative} takes. */
export interface InsertFrame {
  readonly table: string;
  readonly columns: readonly string[];
  /** Of its deduplication: the store takes one token once. */
  readonly token: string;
  /** How many rows the block has, for people. */
  readonly rows: number;
  /** In the Native format, one after another. */
  readonly blocks: readonly Buffer[];
}

/** Two lengths and a checksum, 32 bits each. */
const PREFIX_BYTES = 12;
/** Longer ones are none of ours: a batch of 20,000 spans has some tens of megabytes. */
export const FRAME_BYTES_MAX = 2 ** 30;

/**
 * Returns the parts of a frame in a file, to be written one after another:
 *
 *     length of head │ length of blocks │ CRC-32 of both │ head, JSON │ blocks
 */
export function frameParts({ blocks, ...head }: InsertFrame): readonly Buffer[] {
  const headBytes = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(headBytes.length, 0);
  prefix.writeUInt32LE(bytesOf(blocks), 4);
  const sum = blocks.reduce((before, block) => crc32(block, before), crc32(headBytes));
  prefix.writeUInt32LE(sum, 8);
  return [prefix, headBytes, ...blocks];
}

/** Returns how many bytes blocks have together. */
export function bytesOf(blocks: readonly Uint8Array[]): number {
  return blocks.reduce((sum, { length }) => sum + length, 0);
}

/** Reads `length` bytes at a position; fewer where the file ends. */
export type ReadAt = (position: number, length: number) => Buffer;

/** What lies at a position of a file. */
export type FoundFrame =
  | { readonly frame: InsertFrame; readonly end: number }
  /** None of ours, or damaged; `end` as its lengths say, undefined where they cannot be true. */
  | { readonly frame: undefined; readonly end: number | undefined };

const UNREADABLE: FoundFrame = { frame: undefined, end: undefined };

/** Returns the frame at a position; undefined at the end of the file. */
export function readFrame(read: ReadAt, position: number): FoundFrame | undefined {
  const prefix = read(position, PREFIX_BYTES);
  if (prefix.length === 0) return undefined;
  if (prefix.length < PREFIX_BYTES) return UNREADABLE;
  const headLength = prefix.readUInt32LE(0);
  const length = headLength + prefix.readUInt32LE(4);
  if (length > FRAME_BYTES_MAX) return UNREADABLE;
  const bytes = read(position + PREFIX_BYTES, length);
  if (bytes.length < length) return UNREADABLE;
  const end = position + PREFIX_BYTES + length;
  if (crc32(bytes) !== prefix.readUInt32LE(8)) return { frame: undefined, end };
  const head = parseHead(bytes.subarray(0, headLength).toString('utf8'));
  return head && WRITTEN_TABLES.has(head.table)
    ? { frame: { ...head, blocks: [bytes.subarray(headLength)] }, end }
    : { frame: undefined, end };
}

function parseHead(text: string): Omit<InsertFrame, 'blocks'> | undefined {
  try {
    const { table, columns, token, rows } = JSON.parse(text) as Partial<InsertFrame>;
    const isWhole =
      typeof table === 'string' &&
      /^\w+$/u.test(table) &&
      typeof token === 'string' &&
      typeof rows === 'number' &&
      Array.isArray(columns) &&
      columns.every((name) => typeof name === 'string' && /^[\w.]+$/u.test(name));
    return isWhole ? { table, columns, token, rows } : undefined;
  } catch {
    return undefined;
  }
}
