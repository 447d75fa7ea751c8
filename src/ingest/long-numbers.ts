import { randomUUID } from 'node:crypto';

/** Nobody writes a text that begins so: it is drawn anew in every process, and never leaves it. */
const MARK = `whole number ${randomUUID()} `;

/**
 * Returns the text of a JSON body with its long whole numbers as texts, which JSON.parse does not
 * round; {@link restoreLongNumbers} makes numbers of them again. `offsets` are the starts and ends
 * in the body, as scanJson finds them.
 *
 * JSON.parse with a function that is called for every value would do too, for a hundred times the
 * cost of all values that are no such number.
 */
export function withLongNumbersAsTexts(body: Buffer, offsets: readonly number[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (let i = 0; i < offsets.length; i += 2) {
    const [start = 0, end = 0] = [offsets[i], offsets[i + 1]];
    pieces.push(body.toString('utf8', from, start), '"', MARK);
    pieces.push(body.toString('latin1', start, end), '"');
    from = end;
  }
  pieces.push(body.toString('utf8', from));
  return pieces.join('');
}

/**
 * Returns the parsed value with its long whole numbers: as bigints past 2^53, else as numbers. It
 * is changed in place.
 */
export function restoreLongNumbers(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? numberOf(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value as unknown[];
    items.forEach((item, index) => {
      if (typeof item === 'string' || typeof item === 'object') {
        items[index] = restoreLongNumbers(item);
      }
    });
    return items;
  }
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field === 'string' ? field.startsWith(MARK) : typeof field === 'object') {
      fields[name] = restoreLongNumbers(field);
    }
  }
  return fields;
}

function numberOf(marked: string): number | bigint {
  const digits = marked.slice(MARK.length);
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}
