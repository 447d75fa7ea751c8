import type { JsonEntry, JsonNode } from './json-node.ts';

/** Where a value goes: a Go struct's field (`Proxy.name`), or a value that stands alone (''). */
export type GoPlace = string;

/**
 * Takes JSON into fields as Go's encoding/json does: keys in any case, unknown ones ignored, null
 * leaves a field as it is; a value of the wrong type is remembered, the first one, and the rest is
 * read on.
 */
export class JsonDecoding {
  /** What the first value of a wrong type is refused with; undefined while there was none. */
  mismatch: string | undefined;

  /** Returns the entries whose key is one of the names, in their order, under that name. */
  entries(node: JsonNode, names: readonly string[], place: GoPlace, type: string): JsonEntry[] {
    if (node.kind === 'null') return [];
    if (node.kind !== 'object') {
      this.refuse(node, place, type);
      return [];
    }
    const byFolded = new Map(names.map((name) => [folded(name), name]));
    return node.entries.flatMap(([key, value]) => {
      const name = byFolded.get(folded(key));
      return name === undefined ? [] : [[name, value] as const];
    });
  }

  /** Returns the items of an array; none of null. */
  items(node: JsonNode, place: GoPlace, type: string): readonly JsonNode[] {
    if (node.kind === 'array') return node.items;
    if (node.kind !== 'null') this.refuse(node, place, type);
    return [];
  }

  string(node: JsonNode, place: GoPlace): string | undefined {
    if (node.kind === 'string') return node.value;
    if (node.kind !== 'null') this.refuse(node, place, 'string');
    return undefined;
  }

  bool(node: JsonNode, place: GoPlace): boolean | undefined {
    if (node.kind === 'bool') return node.value;
    if (node.kind !== 'null') this.refuse(node, place, 'bool');
    return undefined;
  }

  /** Returns a whole number of 64 bits; past 2^53 the nearest that a double holds. */
  integer(node: JsonNode, place: GoPlace, type: 'int' | 'int64'): number | undefined {
    if (node.kind === 'number') {
      if (isInt64(node.literal)) return Number(node.literal);
      this.refuse(node, place, type, ` ${node.literal}`);
    } else if (node.kind !== 'null') {
      this.refuse(node, place, type);
    }
    return undefined;
  }

  float32(node: JsonNode, place: GoPlace): number | undefined {
    if (node.kind === 'number') {
      const value = Number(node.literal);
      if (Number.isFinite(Math.fround(value))) return value;
      this.refuse(node, place, 'float32', ` ${node.literal}`);
    } else if (node.kind !== 'null') {
      this.refuse(node, place, 'float32');
    }
    return undefined;
  }

  /** Remembers that a value is not of the type that is wanted. */
  refuse(node: JsonNode, place: GoPlace, type: string, literal = ''): void {
    const target = place === '' ? 'Go value' : `Go struct field ${place}`;
    this.mismatch ??= `json: cannot unmarshal ${node.kind}${literal} into ${target} of type ${type}`;
  }
}

/** A key as Go compares it: two letters outside ASCII stand for one in it. */
function folded(key: string): string {
  return key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
}

function isInt64(literal: string): boolean {
  if (!/^-?\d{1,20}$/u.test(literal)) return false;
  const value = BigInt(literal);
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}
