/** A line as its named fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** Where the fields of an export may lie one map deeper. */
const OUTER = ['attributes', 'Attributes', '_source', 'fields', 'jsonPayload'];

/**
 * Returns the value of a field. A name with points may be a key as it is, `"url.path"`, lie inside
 * maps, `{"url": {"path"}}`, or be split anywhere between.
 */
export function valueOf(fields: Fields, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) {
    const inner = fields[name.slice(0, at)];
    const found = isMap(inner) ? valueOf(inner, name.slice(at + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the text of a field; a number as its text, undefined for anything else. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = valueOf(fields, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Returns the first of the names that has a text. */
export function firstOf(fields: Fields, names: readonly string[]): string | undefined {
  return names.find((name) => textOf(fields, name) !== undefined);
}

/** Returns the fields with those beside them that an export has put into a map, or a list. */
export function flattened(fields: Fields): Fields {
  const inner = OUTER.flatMap((name) => {
    const value = fields[name];
    if (isMap(value)) return [value];
    return Array.isArray(value) ? [ofPairs(value)] : [];
  });
  return inner.length === 0 ? fields : Object.assign({}, ...inner, fields);
}

/** Returns the map of a list of attributes as OTLP/JSON has them. */
function ofPairs(list: readonly unknown[]): Fields {
  const map: Record<string, unknown> = {};
  for (const pair of list) {
    if (!isMap(pair) || typeof pair['key'] !== 'string') continue;
    const { value } = pair;
    map[pair['key']] = isMap(value) ? Object.values(value)[0] : value;
  }
  return map;
}

export function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
