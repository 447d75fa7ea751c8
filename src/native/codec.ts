import type { Attributes } from '../core/index.ts';
import type { ByteWriter } from './byte-writer.ts';

/** How the values of one ClickHouse type lie in a Native column. */
export interface Codec<T> {
  /** The type as ClickHouse spells it: `Array(UInt64)`. */
  readonly type: string;
  /** Writes a column of these values, without their count: the block has it. */
  readonly write: (out: ByteWriter, values: readonly T[]) => void;
}

/** Also for LowCardinality(String) columns: the server casts on insert. */
export const string: Codec<string> = {
  type: 'String',
  write: (out, values) => {
    for (const value of values) out.text(value);
  },
};

export const bool: Codec<boolean> = {
  type: 'Bool',
  write: (out, values) => {
    for (const value of values) out.uint8(value ? 1 : 0);
  },
};

export const uint32: Codec<number> = {
  type: 'UInt32',
  write: (out, values) => {
    for (const value of values) out.uint32(value);
  },
};

/** Whole numbers up to 2^53. */
export const uint64: Codec<number> = {
  type: 'UInt64',
  write: (out, values) => {
    for (const value of values) out.uint64(value);
  },
};

/** Whole numbers of the full range, 0 to 2^64 - 1. */
export const bigUint64: Codec<bigint> = {
  type: 'UInt64',
  write: (out, values) => {
    for (const value of values) out.bigUint64(value);
  },
};

/** Seconds since the epoch, up to the year 2106. */
export const dateTime: Codec<number> = {
  type: "DateTime('UTC')",
  write: uint32.write,
};

/** Nanoseconds since the epoch, negative before it. */
export const dateTime64: Codec<bigint> = {
  type: "DateTime64(9, 'UTC')",
  write: (out, values) => {
    for (const value of values) out.bigInt64(value);
  },
};

/**
 * Returns the codec of an array type. Its column is the end of every array, counted in items over
 * the whole column, then the items of all arrays as one column.
 */
export function array<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    type: `Array(${item.type})`,
    write: (out, values) => {
      let end = 0;
      for (const value of values) out.uint64((end += value.length));
      item.write(out, flatten(values));
    },
  };
}

/**
 * Map(String, String): as an array of keys and an array of values with the same ends. Neighbours
 * often have the same keys, or are one object (the resource of a service): those are copied.
 */
export const attributes: Codec<Attributes> = {
  type: 'Map(String, String)',
  write: (out, maps) => {
    const keysOf = maps.map((map) => Object.keys(map));
    let end = 0;
    for (const keys of keysOf) out.uint64((end += keys.length));
    writeEach(out, keysOf, sameTexts, (keys) => {
      for (const key of keys) out.text(key);
    });
    writeEach(out, maps, Object.is, (map, index) => {
      for (const key of keysOf[index] ?? []) out.text(map[key] ?? '');
    });
  },
};

/** Writes the items one after another, each that is the same as the one before it by copying. */
function writeEach<T>(
  out: ByteWriter,
  items: readonly T[],
  isSame: (item: T, before: T) => boolean,
  write: (item: T, index: number) => void,
): void {
  let start = out.length;
  let end = out.length;
  items.forEach((item, index) => {
    const before = items[index - 1];
    if (before !== undefined && isSame(item, before)) {
      out.repeat(start, end);
      return;
    }
    start = out.length;
    write(item, index);
    end = out.length;
  });
}

function sameTexts(texts: readonly string[], others: readonly string[]): boolean {
  return texts.length === others.length && texts.every((text, index) => text === others[index]);
}

function flatten<T>(arrays: readonly (readonly T[])[]): readonly T[] {
  const items: T[] = [];
  for (const part of arrays) for (const item of part) items.push(item);
  return items;
}
