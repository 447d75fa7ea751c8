import { columnsOf, textEnd, type TextCursor, type Words } from './block-columns.ts';
import { mixed } from './mixed.ts';
import type { SpanBlock } from './span-table.ts';

/** 32-bit words of an identity. */
export const IDENTITY_WORDS = 2;

/** Where the columns of a block begin that tell spans apart. */
export interface IdentityPlaces {
  readonly traceId: number;
  readonly spanId: number;
  readonly start: number;
  readonly duration: number;
  /** Returns the {@link kindWord} of a row, which is asked for in turn. */
  readonly kindOf: (row: number) => number;
}

/** Returns what stands for a kind, by the length of its name and the first character. */
export function kindWord(length: number, first: number): number {
  return length | (first << 8);
}

/**
 * Returns a number of 64 bits for each span of a block, as two words, which is the same for the
 * same span: its ids, kind, start and duration. Zipkin's clients and servers share an id.
 */
export function identitiesOf(block: SpanBlock): Uint32Array<ArrayBuffer> {
  const columns = columnsOf(block);
  const startOf = (name: string): number => (columns.get(name) as Words).start;
  const kinds = columns.get('SpanKind') as TextCursor;
  return identitiesAt(block.bytes, block.rows, {
    traceId: startOf('TraceId'),
    spanId: startOf('SpanId'),
    start: startOf('Timestamp'),
    duration: startOf('Duration'),
    kindOf: () => {
      const kind = kinds.next();
      return kindWord(kind.length, kind.charCodeAt(0));
    },
  });
}

/** Likewise of a block whose columns one knows the places of. */
export function identitiesAt(
  bytes: Buffer,
  rows: number,
  places: IdentityPlaces,
): Uint32Array<ArrayBuffer> {
  let { start: startAt, duration: durationAt, traceId: traceAt, spanId: spanAt } = places;
  const identities = new Uint32Array(rows * IDENTITY_WORDS);
  const word = (position: number): number => bytes.readInt32LE(position);
  for (let row = 0; row < rows; row++) {
    let high = places.kindOf(row);
    let low = 0;
    const [traceEnd, spanEnd] = [textEnd(bytes, traceAt), textEnd(bytes, spanAt)];
    // What distinguishes ids is at their end: 16 digits, of those that are whole.
    for (let from = Math.max(traceAt + 1, traceEnd - 16); from + 4 <= traceEnd; from += 4) {
      low = mixed(low, word(from));
    }
    for (let from = Math.max(spanAt + 1, spanEnd - 16); from + 4 <= spanEnd; from += 4) {
      high = mixed(high, word(from));
    }
    high = mixed(mixed(high, word(startAt)), word(startAt + 4));
    low = mixed(mixed(low, word(durationAt)), high);
    identities[row * IDENTITY_WORDS] = mixed(high, low);
    identities[row * IDENTITY_WORDS + 1] = low;
    startAt += 8;
    durationAt += 8;
    traceAt = traceEnd;
    spanAt = spanEnd;
  }
  return identities;
}
