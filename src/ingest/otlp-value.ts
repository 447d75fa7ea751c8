/**
 * An OTLP attribute value, as both wire forms are read: `undefined` is the empty value; a whole
 * number past 2^53 is a bigint.
 */
export type OtlpValue =
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | undefined
  | readonly OtlpValue[]
  | ReadonlyMap<string, OtlpValue>;

/** Attributes while they are read. */
export type AttributeMap = Record<string, string>;

/** Deepest nesting of lists and maps in an attribute value; what lies deeper is cut off. */
export const MAX_VALUE_DEPTH = 32;

/**
 * Returns the text under which a value is stored: text as it is, numbers and booleans printed,
 * bytes in base64, lists and maps as JSON, the empty value as ''.
 */
export function valueText(value: OtlpValue): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return base64(value);
  return typeof value === 'object' ? jsonText(value) : String(value);
}

/** Returns no attributes yet; without a prototype, so that `__proto__` is a key like any other. */
export function emptyAttributes(): AttributeMap {
  return Object.create(null) as AttributeMap;
}

/** Returns whether a value lies deeper than {@link MAX_VALUE_DEPTH} and is not read. */
export function isTooDeep(depth: number): boolean {
  return depth > MAX_VALUE_DEPTH;
}

/** Written by hand, since JSON.stringify knows no bigint and would round none but refuse it. */
function jsonText(value: OtlpValue): string {
  if (value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(base64(value));
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, OtlpValue>)];
    return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(',')}}`;
  }
  return `[${(value as readonly OtlpValue[]).map(jsonText).join(',')}]`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
