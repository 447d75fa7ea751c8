/**
 * The fields that every HPACK table begins with, by index from 1 on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#appendix-A
 */
export const STATIC_TABLE: readonly (readonly [name: string, value: string])[] = [
  ['', ''],
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];

/** How many fields the static table holds: no index is higher, there being no other table. */
export const STATIC_FIELDS = STATIC_TABLE.length - 1;

/** Entries of {@link STATIC_TABLE} that the reading of answers looks for. */
export const STATIC_STATUS_FIRST = 8;
export const STATIC_STATUS_LAST = 14;
export const STATIC_CONTENT_LENGTH = 28;

const INDEX_BY_NAME = new Map<string, number>();
const INDEX_BY_FIELD = new Map<string, number>();
for (const [index, [name, value]] of STATIC_TABLE.entries()) {
  if (index === 0) continue;
  if (!INDEX_BY_NAME.has(name)) INDEX_BY_NAME.set(name, index);
  INDEX_BY_FIELD.set(`${name}:${value}`, index);
}

/** Returns the index of the field of this name and value, 0 for none. */
export function staticFieldIndex(name: string, value: string): number {
  return INDEX_BY_FIELD.get(`${name}:${value}`) ?? 0;
}

/** Returns the index of the first field of this name, 0 for none. */
export function staticNameIndex(name: string): number {
  return INDEX_BY_NAME.get(name) ?? 0;
}
