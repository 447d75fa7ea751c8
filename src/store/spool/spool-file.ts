import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { frameParts, readFrame, type InsertFrame } from './spool-frame.ts';

/** At the start of the file: what it is, then where the first frame lies that is still to go. */
const MAGIC = Buffer.from('CGSPOOL1');
const HEADER_BYTES = MAGIC.length + 8;

/**
 * A queue of inserts in a file, which outlives this process. A write that does not succeed whole is
 * taken back, and one that a kill cut off ends the file: no torn frame is ever read.
 */
export class SpoolFile {
  readonly path: string;
  readonly #fd: number;
  /** Where the next frame is written, and where the first that is still to go lies. */
  #end: number;
  #next: number;
  #following: number | undefined;

  private constructor(
    path: string,
    fd: number,
    at: { readonly next: number; readonly end: number },
  ) {
    this.path = path;
    this.#fd = fd;
    this.#next = at.next;
    this.#end = at.end;
  }

  /** Makes a new file, for its owner only. Throws what the file system does. */
  static create(path: string): SpoolFile {
    const fd = openSync(path, 'wx+', 0o600);
    try {
      writeWhole(fd, headerOf(HEADER_BYTES), 0);
    } catch (error) {
      closeSync(fd);
      rmSync(path, { force: true });
      throw error;
    }
    return new SpoolFile(path, fd, { next: HEADER_BYTES, end: HEADER_BYTES });
  }

  /** Opens one that another process left behind; undefined where it is no spool, or is gone. */
  static open(path: string): SpoolFile | undefined {
    let fd: number;
    try {
      fd = openSync(path, 'r+');
    } catch {
      return undefined;
    }
    const end = fstatSync(fd).size;
    const header = readAt(fd, 0, HEADER_BYTES);
    const next = header.length === HEADER_BYTES ? Number(header.readBigUInt64LE(MAGIC.length)) : 0;
    if (!header.subarray(0, MAGIC.length).equals(MAGIC) || next < HEADER_BYTES || next > end) {
      closeSync(fd);
      return undefined;
    }
    return new SpoolFile(path, fd, { next, end });
  }

  /** How many bytes are still to go. */
  get bytes(): number {
    return this.#end - this.#next;
  }

  /** Adds an insert; where that fails the file is as it was. Throws what the file system does. */
  append(frame: InsertFrame): void {
    let at = this.#end;
    try {
      for (const part of frameParts(frame)) at += writeWhole(this.#fd, part, at);
    } catch (error) {
      ftruncateSync(this.#fd, this.#end);
      throw error;
    }
    this.#end = at;
  }

  /** Returns the first insert that is still to go; undefined where there is none that is whole. */
  peek(): InsertFrame | undefined {
    const found = readFrame((position, length) => readAt(this.#fd, position, length), this.#next);
    this.#following = found?.end;
    return found?.frame;
  }

  /** Marks what {@link peek} returned last as done, also for a process that comes after this. */
  done(): void {
    if (this.#following === undefined) return;
    this.#next = this.#following;
    this.#following = undefined;
    writeWhole(this.#fd, headerOf(this.#next).subarray(MAGIC.length), MAGIC.length);
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Closes it and leaves it under another name. */
  leaveAs(path: string): void {
    this.close();
    renameSync(this.path, path);
  }

  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }
}

function headerOf(next: number): Buffer {
  const position = Buffer.alloc(8);
  position.writeBigUInt64LE(BigInt(next));
  return Buffer.concat([MAGIC, position]);
}

/** A full disk may take a part of a write before it refuses the rest. */
function writeWhole(fd: number, bytes: Buffer, position: number): number {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
  return bytes.length;
}

function readAt(fd: number, position: number, length: number): Buffer {
  const size = Math.max(0, Math.min(length, fstatSync(fd).size - position));
  const bytes = Buffer.allocUnsafe(size);
  let done = 0;
  while (done < size) {
    const count = readSync(fd, bytes, done, size - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
