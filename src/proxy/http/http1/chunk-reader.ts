/** How many of the unread bytes come next, and what they are. */
export type ChunkPart =
  | { readonly type: 'frame' | 'data' | 'trailers'; readonly length: number }
  | { readonly type: 'malformed' };

const LINE_BYTES_MAX = 16 * 1024;
const TRAILERS_BYTES_MAX = 64 * 1024;
const SIZE_LINE = /^([0-9a-fA-F]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/u;
const TRAILERS = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/u;
const LINE_END = Buffer.from('\r\n', 'latin1');
const SECTION_END = Buffer.from('\r\n\r\n', 'latin1');
const MALFORMED: ChunkPart = { type: 'malformed' };

/**
 * Walks over a chunked body:
 *
 *     1a;x=y CR LF ── 26 bytes of data ── CR LF ── ... ── 0 CR LF ── trailers, CR LF
 *       size                              close                        trailers
 */
export class ChunkReader {
  #state: 'size' | 'data' | 'close' | 'trailers' = 'size';
  #leftBytes = 0;

  /** Returns what comes next, of data no more than `bytesMax`; undefined until more has come. */
  next(unread: Buffer, bytesMax: number): ChunkPart | undefined {
    switch (this.#state) {
      case 'size':
        return this.#size(unread);
      case 'data': {
        const length = Math.min(this.#leftBytes, unread.length, bytesMax);
        if (length === 0) return undefined;
        this.#leftBytes -= length;
        if (this.#leftBytes === 0) this.#state = 'close';
        return { type: 'data', length };
      }
      case 'close':
        if (unread.length < LINE_END.length) return undefined;
        this.#state = 'size';
        return unread.indexOf(LINE_END) === 0 ? { type: 'frame', length: 2 } : MALFORMED;
      case 'trailers':
        return trailersIn(unread);
    }
  }

  #size(unread: Buffer): ChunkPart | undefined {
    const end = unread.subarray(0, LINE_BYTES_MAX).indexOf(LINE_END);
    if (end < 0) return unread.length < LINE_BYTES_MAX ? undefined : MALFORMED;
    const [, digits] = SIZE_LINE.exec(unread.toString('latin1', 0, end)) ?? [];
    if (digits === undefined) return MALFORMED;
    this.#leftBytes = Number.parseInt(digits, 16);
    this.#state = this.#leftBytes === 0 ? 'trailers' : 'data';
    return { type: 'frame', length: end + LINE_END.length };
  }
}

function trailersIn(unread: Buffer): ChunkPart | undefined {
  if (unread.length < LINE_END.length) return undefined;
  const isEmpty = unread.indexOf(LINE_END) === 0;
  const end = isEmpty ? 0 : unread.indexOf(SECTION_END);
  if (end < 0) return unread.length < TRAILERS_BYTES_MAX ? undefined : MALFORMED;
  const length = end + (isEmpty ? LINE_END.length : SECTION_END.length);
  const isSound = TRAILERS.test(unread.toString('latin1', 0, length));
  return isSound ? { type: 'trailers', length } : MALFORMED;
}
