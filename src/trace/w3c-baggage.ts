/** The specification asks nobody to carry more than this; what lies beyond is passed over. */
const BAGGAGE_BYTES_MAX = 8_192;
const BAGGAGE_ENTRIES_MAX = 180;

const KEY = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u;
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/u;

/**
 * Returns the entries of a `baggage` header, several headers of one message joined by commas:
 * decoded value by key, in their order; of two entries with one key the first. Properties behind a
 * `;` are left out, so is an entry that is not valid. Empty without entries.
 *
 * @see https://www.w3.org/TR/baggage/#baggage-http-header-format
 */
export function parseBaggage(header: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  if (header.length > BAGGAGE_BYTES_MAX) return parseBaggage(untilLastComma(header));
  for (const entry of header.split(',', BAGGAGE_ENTRIES_MAX)) {
    const [member = ''] = entry.split(';', 1);
    const equals = member.indexOf('=');
    if (equals < 0) continue;
    const [key, coded] = [member.slice(0, equals).trim(), member.slice(equals + 1).trim()];
    if (!KEY.test(key) || !VALUE.test(coded) || entries.has(key)) continue;
    entries.set(key, decoded(coded));
  }
  return entries;
}

function untilLastComma(header: string): string {
  return header.slice(0, Math.max(0, header.lastIndexOf(',', BAGGAGE_BYTES_MAX)));
}

/** Returns the text of a percent-encoded value; bytes that are no UTF-8 become U+FFFD. */
function decoded(coded: string): string {
  if (!coded.includes('%')) return coded;
  const bytes = coded.replace(/%([0-9a-fA-F]{2})/gu, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
