import { entriesOf, isMap } from './json-map.ts';
import { Unusable } from './references.ts';

/** How a parameter's value is written, OpenAPI's `style` and `explode`. */
export interface Style {
  readonly name: string;
  readonly style: string;
  readonly explode: boolean;
}

/** What parts the items of a list that are written as one value. */
const DELIMITERS: Readonly<Record<string, string>> = {
  spaceDelimited: '%20',
  tabDelimited: '%09',
  pipeDelimited: '%7C',
};

/**
 * Returns a value as a part of a path, percent-encoded.
 * @throws Unusable for one that a path cannot hold
 */
export function pathPart(value: unknown, { name, style, explode }: Style): string {
  const items = itemsOf(value, explode);
  const joined = items.map(encoded).join(style === 'label' && explode ? '.' : ',');
  if (style === 'label') return `.${joined}`;
  if (style === 'matrix') return `;${encoded(name)}=${joined}`;
  if (joined === '' || joined === '.' || joined === '..') {
    throw new Unusable(`the value '${joined}' of ${name} makes another path`);
  }
  return joined;
}

/** Returns the pairs of a query that a value makes, percent-encoded. */
export function queryPairs(value: unknown, { name, style, explode }: Style): readonly string[] {
  const key = encoded(name);
  if (isMap(value)) {
    const pairs = entriesOf(value);
    if (style === 'deepObject') {
      return pairs.map(([inner, item]) => `${key}[${encoded(inner)}]=${encoded(scalar(item))}`);
    }
    if (explode) return pairs.map(([inner, item]) => `${encoded(inner)}=${encoded(scalar(item))}`);
  }
  const items = itemsOf(value, false).map(encoded);
  if (Array.isArray(value) && explode) return items.map((item) => `${key}=${item}`);
  return [`${key}=${items.join(DELIMITERS[style] ?? ',')}`];
}

/** Returns a value as that of a header or cookie. */
export function plainText(value: unknown, { explode }: Pick<Style, 'explode'>): string {
  return itemsOf(value, explode).join(',');
}

function itemsOf(value: unknown, explode: boolean): readonly string[] {
  if (Array.isArray(value)) return value.map(scalar);
  if (!isMap(value)) return [scalar(value)];
  const pairs = entriesOf(value);
  return explode
    ? pairs.map(([key, item]) => `${key}=${scalar(item)}`)
    : pairs.flatMap(([key, item]) => [key, scalar(item)]);
}

function scalar(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Returns a text percent-encoded, as a name or value of a URL. */
export function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
