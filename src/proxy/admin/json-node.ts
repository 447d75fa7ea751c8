/**
 * A JSON value as it was written: numbers by their digits, objects as their entries in order, a key
 * that comes twice twice. No key can reach a prototype.
 */
export type JsonNode =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly literal: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly entries: readonly JsonEntry[] };

/** A key of an object, and its value. */
export type JsonEntry = readonly [key: string, value: JsonNode];

/**
 * Returns the value as plain data; of a key that comes twice, the last. Undefined where it is nested
 * deeper than anything that the API takes.
 */
export function plainValue(node: JsonNode, depthMax = 8): unknown {
  switch (node.kind) {
    case 'null':
      return null;
    case 'bool':
    case 'string':
      return node.value;
    case 'number':
      return Number(node.literal);
    case 'array':
      return depthMax === 0 ? undefined : node.items.map((item) => plainValue(item, depthMax - 1));
    case 'object':
      return depthMax === 0
        ? undefined
        : Object.fromEntries(
            node.entries.map(([key, value]) => [key, plainValue(value, depthMax - 1)]),
          );
  }
}
