import { BlockMemo } from './block-memo.ts';
import { BAD_BLOCK, BLOCK_END, BlockCursor, INDEXED, SIZE_UPDATE } from './block-cursor.ts';
import { COMPRESSION_ERROR, NO_ERROR, PROTOCOL_ERROR } from './frame-format.ts';
import { decodeBlock, type Field, HEADER_TABLE_BYTES, stringText } from './hpack-decoder.ts';
import {
  STATIC_CONTENT_LENGTH,
  STATIC_FIELDS,
  STATIC_STATUS_FIRST,
  STATIC_STATUS_LAST,
  STATIC_TABLE,
} from './static-table.ts';

/** Statuses of the static table, by index. */
const STATUS_OF_INDEX = STATIC_TABLE.map(([name, value]) =>
  name === ':status' ? Number(value) : 0,
);

/** Fields that say how HTTP/1 goes on with a connection; they have no place here. */
const CONNECTION_FIELDS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

const NO_FIELDS: readonly Field[] = [];

const NAME = /^[!#$%&'*+.^`|~\w-]+$/u;

/**
 * Reads the blocks of answers: of their heads what a driver has to know, and all fields only where
 * somebody reads them.
 */
export class AnswerHead {
  /** Of the last head; 0 where it has none. */
  status = 0;
  /** The length that the last head announces; -1 where it does not. */
  contentLength = -1;
  /** Without those that begin with a colon; empty where they were not wanted. */
  fields: readonly Field[] = NO_FIELDS;
  /** What is wrong, a short fixed text; '' for nothing. */
  error = '';
  /** COMPRESSION_ERROR ends the connection, PROTOCOL_ERROR the stream. */
  code = NO_ERROR;
  readonly #cursor = new BlockCursor();
  /** Where no block depends on another, one that comes again says the same again. */
  readonly #lastHead = new BlockMemo();
  readonly #lastTrailers = new BlockMemo();

  /** Reads the block of a head. Returns whether it is in form. */
  readHead(bytes: Uint8Array, from: number, to: number, wantsFields: boolean): boolean {
    this.#reset();
    if (!wantsFields) {
      if (!this.#skim(bytes, from, to)) return false;
      if (this.status !== 0) return this.#checkStatus();
    }
    const known = wantsFields ? this.#lastHead.find(bytes, from, to) : undefined;
    if (known !== undefined) {
      this.status = known.status;
      this.contentLength = known.contentLength;
      this.fields = known.fields;
      return true;
    }
    if (!this.#decode(bytes, from, to)) return false;
    const [first, ...others] = this.fields;
    if (first?.[0] !== ':status') return this.#refuse('no :status');
    this.status = statusOf(first[1]);
    this.fields = others;
    if (!this.#checkFields() || !this.#checkStatus()) return false;
    if (wantsFields) this.#lastHead.keep(bytes, from, to, this);
    return true;
  }

  /** Reads the block of the trailers. Returns whether it is well-formed. */
  readTrailers(bytes: Uint8Array, from: number, to: number, wantsFields: boolean): boolean {
    this.#reset();
    if (!wantsFields) return this.#skim(bytes, from, to);
    const known = this.#lastTrailers.find(bytes, from, to);
    if (known !== undefined) {
      this.fields = known.fields;
      return true;
    }
    if (!this.#decode(bytes, from, to) || !this.#checkFields()) return false;
    this.#lastTrailers.keep(bytes, from, to, this);
    return true;
  }

  #reset(): void {
    this.status = 0;
    this.contentLength = -1;
    this.fields = NO_FIELDS;
    this.error = '';
    this.code = NO_ERROR;
  }

  /** Finds the status and the length where they are named by index, as everybody does. */
  #skim(bytes: Uint8Array, from: number, to: number): boolean {
    const cursor = this.#cursor;
    cursor.begin(bytes, from, to);
    for (;;) {
      const item = cursor.next();
      if (item === BLOCK_END) return true;
      const { index } = cursor;
      if (item === SIZE_UPDATE ? index > HEADER_TABLE_BYTES : index > STATIC_FIELDS) {
        return this.#badBlock();
      }
      if (item === BAD_BLOCK) return this.#badBlock();
      if (item === INDEXED) {
        if (index <= STATIC_STATUS_LAST) this.status = STATUS_OF_INDEX[index] ?? 0;
      } else if (item === SIZE_UPDATE) {
        continue;
      } else if (index >= STATIC_STATUS_FIRST && index <= STATIC_STATUS_LAST) {
        this.status = statusOf(stringText(bytes, cursor.value) ?? '');
      } else if (index === STATIC_CONTENT_LENGTH) {
        if (!this.#takeLength(stringText(bytes, cursor.value) ?? '')) return false;
      }
    }
  }

  #decode(bytes: Uint8Array, from: number, to: number): boolean {
    const fields = decodeBlock(this.#cursor, bytes, from, to);
    if (fields === undefined) return this.#badBlock();
    this.fields = fields;
    return true;
  }

  #checkFields(): boolean {
    this.contentLength = -1;
    for (const [name, value] of this.fields) {
      if (!NAME.test(name) || name !== name.toLowerCase() || CONNECTION_FIELDS.has(name)) {
        return this.#refuse('bad field name');
      }
      if (/[\r\n\0]/u.test(value)) return this.#refuse('bad field value');
      if (name === 'content-length' && !this.#takeLength(value)) return false;
    }
    return true;
  }

  #checkStatus(): boolean {
    if (this.status < 100) return this.#refuse('bad :status');
    return this.status === 101 ? this.#refuse('unexpected status 101') : true;
  }

  #takeLength(text: string): boolean {
    const length = lengthOf(text);
    if (length < 0 || this.contentLength >= 0) return this.#refuse('bad content-length');
    this.contentLength = length;
    return true;
  }

  #badBlock(): false {
    this.error = 'bad header block';
    this.code = COMPRESSION_ERROR;
    return false;
  }

  #refuse(error: string): false {
    this.error = error;
    this.code = PROTOCOL_ERROR;
    return false;
  }
}

function statusOf(text: string): number {
  return /^[1-9]\d\d$/u.test(text) ? Number(text) : 1;
}

/** Returns the number of up to 15 digits, -1 for any other text. */
function lengthOf(text: string): number {
  if (text.length === 0 || text.length > 15) return -1;
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}
