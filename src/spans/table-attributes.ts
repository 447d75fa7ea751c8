import type { SpanTable } from './span-table.ts';

/** Returns what an attribute of a span, or of its resource, is; undefined where it has none. */
export type ReadAttribute = (span: number, key: string) => string | undefined;

/** Returns the reader of a table's attributes; of two with one key it reads the first. */
export function attributeReader(table: SpanTable): ReadAttribute {
  const { names, attributeStarts, attributeKeys, attributeValues } = table;
  const numbers = new Map<string, number>();
  return (span, key) => {
    let number = numbers.get(key);
    if (number === undefined) {
      number = names.indexOf(key);
      numbers.set(key, number);
    }
    if (number < 0) return undefined;
    const to = attributeStarts[span + 1] ?? 0;
    for (let i = attributeStarts[span] ?? 0; i < to; i++) {
      if (attributeKeys[i] === number) return names[attributeValues[i] ?? 0];
    }
    return undefined;
  };
}

/** Returns the first of several attributes that a span has and that is not empty. */
export function firstAttribute(
  read: ReadAttribute,
  span: number,
  keys: readonly string[],
): string | undefined {
  for (const key of keys) {
    const value = read(span, key);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}
