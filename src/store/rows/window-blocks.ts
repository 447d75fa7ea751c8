import {
  HarnessError,
  SPAN_KINDS,
  SPAN_STATUSES,
  spanKindOf,
  spanStatusOf,
  type Attributes,
} from '../../core/index.ts';
import {
  spanIdsInto,
  type NumberedResource,
  type NumberedSpans,
  type SpanTableBuilder,
} from '../../spans/index.ts';
import { attributesFromRow, parseRow, type RowAttributes } from '../tables/span-row.ts';
import { ByteSource, BytesEnd } from './byte-source.ts';
import {
  isTextType,
  readEnds,
  readFloat64s,
  readInt64s,
  readNumbers,
  readPrefix,
  readTexts,
  type NumberText,
  type TextType,
} from './native-columns.ts';
import { textCache } from './text-cache.ts';
import { TraceNumbers } from './trace-numbers.ts';

/** How many columns sql/queries/window_spans.sql has: what is no block does not begin so. */
const COLUMNS = 12;
const ERROR_BYTES_MAX = 4_096;

/**
 * Reads the blocks of sql/queries/window_spans.sql, of ClickHouse's Native format, into columns
 * while they come; nothing else is kept of them. Attributes are maps, or a JSON object as text;
 * an empty text is none.
 * @throws HarnessError STORE_REFUSED with what the server said behind the blocks,
 * STORE_UNREACHABLE where they break off
 */
export async function readWindowBlocks(
  stream: AsyncIterable<Buffer>,
  into: SpanTableBuilder,
): Promise<void> {
  const source = new ByteSource(stream);
  const reader = new BlockReader(source, into);
  try {
    while (source.at < source.bytes.length || (await source.hasMore())) {
      if (source.bytes[source.at] !== COLUMNS) throw refused(await restOf(source));
      source.at++;
      await reader.readBlock();
    }
  } catch (error) {
    if (!(error instanceof BytesEnd)) throw error;
    // Within a block an error of the server cannot be told from its values, unless by its marks.
    const told = EXCEPTION.exec(source.bytes.toString('latin1', source.at));
    if (told !== null) throw refused(source.bytes.subarray(source.at + told.index));
    throw new HarnessError('STORE_UNREACHABLE', 'the answer of the store breaks off', {
      hint: 'Ask again; the log of the server may say more.',
    });
  }
}

const EXCEPTION = /__exception__|Code: \d+\. DB::Exception/u;

function refused(said: Buffer): HarnessError {
  return new HarnessError('STORE_REFUSED', `the spans were not all read: ${errorTextOf(said)}`, {
    hint: 'Ask for a shorter time, or for fewer traces; the message is that of the server.',
  });
}

async function restOf(source: ByteSource): Promise<Buffer> {
  while (source.bytes.length - source.at < ERROR_BYTES_MAX) {
    if (!(await source.hasMore())) break;
  }
  return source.bytes.subarray(source.at);
}

/** The message between the marks that newer servers set, or the whole text. */
function errorTextOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return (/Code: \d+\.[^\n]*/u.exec(text)?.[0] ?? text).trim();
}

/** The attributes of the spans of a block, by numbers of the builder. */
interface BlockMaps {
  readonly ends: Uint32Array;
  readonly keys: Uint32Array;
  readonly values: Uint32Array;
}

class BlockReader {
  readonly #source: ByteSource;
  readonly #into: SpanTableBuilder;
  readonly #traces: TraceNumbers;
  readonly #numberOf: NumberText;
  readonly #kindOf: (number: number) => number;
  readonly #statusOf: (number: number) => number;
  readonly #resources: ResourceCache;

  constructor(source: ByteSource, into: SpanTableBuilder) {
    this.#source = source;
    this.#into = into;
    this.#traces = new TraceNumbers((traceId) => into.traceNumber(traceId));
    const cache = textCache((text) => into.numberOf(text));
    this.#numberOf = (bytes, from, to) => cache.number(bytes, from, to);
    const textOf = (number: number): string => into.text(number);
    this.#kindOf = numbered((n) => SPAN_KINDS.indexOf(spanKindOf(textOf(n)) ?? 'Unspecified'));
    this.#statusOf = numbered((n) => SPAN_STATUSES.indexOf(spanStatusOf(textOf(n)) ?? 'Unset'));
    this.#resources = new ResourceCache(into);
  }

  /** Reads the block whose number of columns was read. */
  async readBlock(): Promise<void> {
    const source = this.#source;
    const count = await source.varint();
    // In the order of the query.
    const traces = new Uint32Array(count);
    await this.#texts(count, (bytes, from, to, i) => {
      traces[i] = this.#traces.numberOf(bytes, from, to);
    });
    const ids = new Uint32Array(2 * count);
    await this.#texts(count, spanIdsInto(ids));
    const parentIds = new Uint32Array(2 * count);
    const hasParent = new Uint8Array(count);
    const readParent = spanIdsInto(parentIds);
    await this.#texts(count, (bytes, from, to, i) => {
      hasParent[i] = from === to ? 0 : 1;
      readParent(bytes, from, to, i);
    });
    const services = await this.#numbers(count);
    const operations = await this.#numbers(count);
    const kinds = Uint8Array.from(await this.#numbers(count), this.#kindOf);
    const statuses = Uint8Array.from(await this.#numbers(count), this.#statusOf);
    const startsEpochNs = await this.#int64s(count);
    const durationsNs = await this.#int64s(count);
    await this.#type();
    const weights = await readFloat64s(this.#source, count);
    const resources = this.#resources.resourcesOf(await this.#maps(count));
    const { ends, keys, values } = await this.#maps(count);
    const spans: NumberedSpans = {
      ...{ count, traces, ids, parentIds, hasParent, services, operations, kinds, statuses },
      ...{ startsEpochNs, durationsNs, weights, resources },
      ...{ attributeEnds: ends, attributeKeys: keys, attributeValues: values },
    };
    this.#into.addAll(spans);
  }

  async #type(): Promise<string> {
    await this.#source.text();
    return this.#source.text();
  }

  async #texts(count: number, take: Parameters<typeof readTexts>[2]): Promise<void> {
    await this.#type();
    await readTexts(this.#source, count, take);
  }

  async #int64s(count: number): Promise<BigInt64Array> {
    await this.#type();
    return readInt64s(this.#source, count);
  }

  async #numbers(count: number): Promise<Uint32Array> {
    const type = textTypeOf(await this.#type());
    if (count > 0) await readPrefix(this.#source, type);
    return readNumbers(this.#source, { type, count }, this.#numberOf);
  }

  async #maps(count: number): Promise<BlockMaps> {
    const type = await this.#type();
    const [, keyType, valueType] = /^Map\((.+), (.+)\)$/u.exec(type) ?? [];
    if (keyType === undefined || valueType === undefined) return this.#jsonMaps(type, count);
    const [keysAre, valuesAre] = [textTypeOf(keyType), textTypeOf(valueType)];
    const source = this.#source;
    if (count > 0) {
      await readPrefix(source, keysAre);
      await readPrefix(source, valuesAre);
    }
    const ends = await readEnds(source, count);
    const items = ends[count - 1] ?? 0;
    const keys = await readNumbers(source, { type: keysAre, count: items }, this.#numberOf);
    const values = await readNumbers(source, { type: valuesAre, count: items }, this.#numberOf);
    return { ends, keys, values };
  }

  /** JSON objects as text, each distinct one parsed once a block. */
  async #jsonMaps(type: string, count: number): Promise<BlockMaps> {
    const source = this.#source;
    const own = textTypeOf(type);
    if (count > 0) await readPrefix(source, own);
    const texts: string[] = [];
    const which = await readNumbers(source, { type: own, count }, (bytes, from, to) => {
      return texts.push(bytes.toString('utf8', from, to)) - 1;
    });
    // Not at once: a dictionary holds texts that no row has, the empty one above all.
    const objects: Attributes[] = [];
    const objectOf = (number: number): Attributes =>
      (objects[number] ??= attributesOfText(texts[number] ?? ''));
    const ends = new Uint32Array(count);
    const [keys, values]: [number[], number[]] = [[], []];
    for (let i = 0; i < count; i++) {
      for (const [key, value] of Object.entries(objectOf(which[i] ?? 0))) {
        keys.push(this.#into.numberOf(key));
        values.push(this.#into.numberOf(value));
      }
      ends[i] = keys.length;
    }
    return { ends, keys: Uint32Array.from(keys), values: Uint32Array.from(values) };
  }
}

/** Of what is not asked for the query sends an empty text. */
function attributesOfText(text: string): Attributes {
  return text === '' ? {} : attributesFromRow(parseRow(text) as RowAttributes);
}

function textTypeOf(type: string): TextType {
  if (isTextType(type)) return type;
  throw new HarnessError('STORE_REFUSED', `the store sends a column of ${type} in place of text`, {
    hint: 'Name another table of spans with --spans.',
  });
}

const RESOURCE_SLOTS = 1 << 12;

/** Finds the resource of a span again by its numbers: few of them differ. */
class ResourceCache {
  readonly #into: SpanTableBuilder;
  readonly #known: { keys: Uint32Array; values: Uint32Array; resource: NumberedResource }[] = [];

  constructor(into: SpanTableBuilder) {
    this.#into = into;
    this.#known.length = RESOURCE_SLOTS;
  }

  resourcesOf({ ends, keys, values }: BlockMaps): NumberedResource[] {
    const resources: NumberedResource[] = [];
    let from = 0;
    for (const to of ends) {
      resources.push(this.#resourceOf(keys, values, from, to));
      from = to;
    }
    return resources;
  }

  #resourceOf(keys: Uint32Array, values: Uint32Array, from: number, to: number): NumberedResource {
    let hash = to - from;
    for (let i = from; i < to; i++) {
      hash = Math.imul(hash ^ (keys[i] ?? 0), 0x01000193);
      hash = Math.imul(hash ^ (values[i] ?? 0), 0x01000193);
    }
    const slot = (hash ^ (hash >>> 15)) & (RESOURCE_SLOTS - 1);
    const found = this.#known[slot];
    if (found?.keys.length === to - from) {
      let i = 0;
      while (i < to - from && found.keys[i] === keys[from + i]) {
        if (found.values[i] !== values[from + i]) break;
        i++;
      }
      if (i === to - from) return found.resource;
    }
    const [ownKeys, ownValues] = [keys.slice(from, to), values.slice(from, to)];
    const attributes = Object.create(null) as Record<string, string>;
    // Of two attributes of one key ClickHouse reads the first.
    ownKeys.forEach((key, i) => {
      attributes[this.#into.text(key)] ??= this.#into.text(ownValues[i] ?? 0);
    });
    const resource = this.#into.resourceOf(attributes);
    this.#known[slot] = { keys: ownKeys, values: ownValues, resource };
    return resource;
  }
}

/** Returns what works out the same for the same number but once. */
function numbered(read: (number: number) => number): (number: number) => number {
  const known = new Map<number, number>();
  return (number) => {
    const found = known.get(number);
    if (found !== undefined) return found;
    const value = read(number);
    known.set(number, value);
    return value;
  };
}
