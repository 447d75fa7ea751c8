import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { openOwnFile } from '../local/own-file.ts';
import { birthText } from '../local/store-origin.ts';
import { untrusted } from '../local/untrusted.ts';
import { frameParts, readFrame, type InsertFrame } from './spool-frame.ts';

/**
 * At the start of the file: what it is, where the first frame lies that is still to go, and when
 * this very file came to be. One that was brought here, in a checkout say, came to be at another
 * time: its inserts are not those of this user.
 */
const MAGIC = Buffer.from('CGSPOOL2');
const NEXT_AT = MAGIC.length;
const ORIGIN_AT = NEXT_AT + 8;
const ORIGIN_BYTES = 64;
const HEADER_BYTES = ORIGIN_AT + ORIGIN_BYTES;

/**
 * A queue of inserts in a file, which outlives this process. A write that does not succeed whole is
 * taken back. What a kill cut off, or the disk damaged, is passed over, and the file kept beside.
 */
export class SpoolFile {
  #path: string;
  readonly #fd: number;
  /** Where the next frame is written, and where the first that is still to go lies. */
  #end: number;
  #next: number;
  #following: number | undefined;
  #damaged: string | undefined;

  private constructor(
    path: string,
    fd: number,
    at: { readonly next: number; readonly end: number },
  ) {
    this.#path = path;
    this.#fd = fd;
    this.#next = at.next;
    this.#end = at.end;
  }

  /** Makes a new file, for its owner only. Throws what the file system does. */
  static create(path: string): SpoolFile {
    const fd = openSync(path, 'wx+', 0o600);
    try {
      const header = Buffer.concat([MAGIC, positionOf(HEADER_BYTES), originOf(fd)]);
      writeWhole(fd, header, 0);
    } catch (error) {
      closeSync(fd);
      rmSync(path, { force: true });
      throw error;
    }
    return new SpoolFile(path, fd, { next: HEADER_BYTES, end: HEADER_BYTES });
  }

  /**
   * Opens one that another process left behind; undefined where it is gone or holds nothing.
   * @throws HarnessError STORE_UNTRUSTED where it was not written here
   */
  static open(path: string): SpoolFile | undefined {
    const found = opened(path);
    if (found === undefined) return undefined;
    if (found.next !== undefined && found.isOwn) {
      return new SpoolFile(path, found.fd, { next: found.next, end: found.end });
    }
    closeSync(found.fd);
    throw notOwn(path, found.next !== undefined);
  }

  /**
   * Takes a file for one's own from now on, whoever brought it.
   * @returns whether it was not, and is now
   */
  static trust(path: string): boolean {
    const found = opened(path);
    if (found === undefined) return false;
    if (found.next !== undefined && !found.isOwn)
      writeWhole(found.fd, originOf(found.fd), ORIGIN_AT);
    closeSync(found.fd);
    return found.next !== undefined && !found.isOwn;
  }

  get path(): string {
    return this.#path;
  }

  /** How many bytes are still to go. */
  get bytes(): number {
    return this.#end - this.#next;
  }

  /** Adds an insert; where that fails the file is as it was. Throws what the file system does. */
  append(frame: InsertFrame): void {
    const parts = frameParts(frame);
    let at = this.#end;
    try {
      let written = writevSync(this.#fd, parts, at);
      at += written;
      for (const part of parts) {
        const rest = part.subarray(Math.min(written, part.length));
        written -= part.length - rest.length;
        if (rest.length > 0) at += writeWhole(this.#fd, rest, at);
      }
    } catch (error) {
      ftruncateSync(this.#fd, this.#end);
      throw error;
    }
    this.#end = at;
  }

  /**
   * Where the whole file is kept, since {@link peek} has passed over a part of it that is damaged;
   * undefined where it has not.
   */
  get keptAs(): string | undefined {
    return this.#damaged;
  }

  /**
   * Returns the first insert that is still to go and is whole; undefined where there is none. What
   * was appended in a row under one token is one insert.
   */
  peek(): InsertFrame | undefined {
    const first = this.#wholeFrom(this.#next);
    if (first === undefined) {
      this.#next = this.#end;
      this.#following = undefined;
      return undefined;
    }
    const { frame, start } = first;
    this.#next = start;
    const blocks = [...frame.blocks];
    let { rows } = frame;
    let { end } = first;
    for (;;) {
      const other = this.#wholeFrom(end);
      if (other === undefined || other.frame.token !== frame.token) break;
      blocks.push(...other.frame.blocks);
      rows += other.frame.rows;
      ({ end } = other);
    }
    this.#following = end;
    return { ...frame, rows, blocks };
  }

  /** Yields what was appended and is still to go, as it was appended. */
  *frames(): Generator<InsertFrame, void, undefined> {
    for (let found = this.#wholeFrom(this.#next); found; found = this.#wholeFrom(found.end)) {
      yield found.frame;
    }
  }

  /** Returns the first whole frame from a position on; the file is kept where one is damaged. */
  #wholeFrom(
    position: number,
  ): { readonly frame: InsertFrame; readonly start: number; readonly end: number } | undefined {
    const read = (at: number, length: number): Buffer => readAt(this.#fd, at, length);
    let start = position;
    for (let found = readFrame(read, start); found; found = readFrame(read, start)) {
      if (found.frame) return { frame: found.frame, start, end: found.end };
      this.#damaged ??= keepBeside(this.#path);
      // Nothing tells where the next one begins.
      start = found.end ?? this.#end;
    }
    return undefined;
  }

  /** Marks what {@link peek} returned last as done, also for a process that comes after this. */
  done(): void {
    if (this.#following === undefined) return;
    this.#next = this.#following;
    this.#following = undefined;
    writeWhole(this.#fd, positionOf(this.#next), NEXT_AT);
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Gives it another name, in the place of whatever file has that. */
  moveTo(path: string): void {
    renameSync(this.#path, path);
    this.#path = path;
  }

  /** Closes it and leaves it under another name. */
  leaveAs(path: string): void {
    this.moveTo(path);
    this.close();
  }

  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }
}

/** Returns what the file's header says; undefined where there is no file, or nothing in it. */
function opened(path: string):
  | {
      readonly fd: number;
      readonly end: number;
      /** Undefined where it is no spool. */
      readonly next: number | undefined;
      readonly isOwn: boolean;
    }
  | undefined {
  const fd = openOwnFile(path, constants.O_RDWR);
  if (fd === undefined) return undefined;
  const end = fstatSync(fd).size;
  const header = readAt(fd, 0, HEADER_BYTES);
  if (header.length < HEADER_BYTES) {
    closeSync(fd);
    return undefined;
  }
  const next = Number(header.readBigUInt64LE(NEXT_AT));
  const isSpool = header.subarray(0, NEXT_AT).equals(MAGIC) && next >= HEADER_BYTES && next <= end;
  const isOwn = header.subarray(ORIGIN_AT).equals(originOf(fd));
  return { fd, end, next: isSpool ? next : undefined, isOwn };
}

function notOwn(path: string, isSpool: boolean): Error {
  if (!isSpool) {
    return untrusted(
      `${path} is none of callgauge's spools, or its beginning is damaged`,
      'Remove it, or keep it under a name that does not end in .spool.',
    );
  }
  return untrusted(
    `${path} was not written by callgauge where it is: it was copied or unpacked, or came with a checkout`,
    `Remove it if it is not yours: what is in it would be inserted with your password. Where you brought it here yourself, \`callgauge store trust --dir ${resolve(path, '../../..')}\` takes it over.`,
  );
}

function positionOf(next: number): Buffer {
  const position = Buffer.alloc(8);
  position.writeBigUInt64LE(BigInt(next));
  return position;
}

function originOf(fd: number): Buffer {
  const origin = Buffer.alloc(ORIGIN_BYTES);
  origin.write(birthText(fstatSync(fd, { bigint: true })));
  return origin;
}

/** Gives the file a second name, which no later command takes for a spool. */
function keepBeside(path: string): string {
  const [id = ''] = basename(path).split('.');
  for (let n = 1; ; n++) {
    const kept = join(dirname(path), n === 1 ? `${id}.damaged` : `${id}-${n}.damaged`);
    const there = statSync(kept, { throwIfNoEntry: false });
    // It was kept before, by a command that the store did not let come to the end.
    if (there && there.size === statSync(path).size) return kept;
    if (there) continue;
    try {
      linkSync(path, kept);
    } catch {
      copyFileSync(path, kept, constants.COPYFILE_EXCL);
    }
    return kept;
  }
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
