import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Part, Path } from './problem.ts';

/** Where the parts of a file's values begin in its text. */
export class NodePlaces {
  readonly #root: Node | null;
  readonly #text: string;
  /** The pairs of each map that was looked into, by the texts of their keys. */
  readonly #pairs = new Map<YAMLMap<Node, Node>, ReadonlyMap<string, Pair<Node, Node>>>();

  constructor(root: Node | null, text: string) {
    this.#root = root;
    this.#text = text;
  }

  /**
   * Returns the offset of a part of a value; of what encloses it, where there is no such value.
   * Walks through aliases, which `resolved` follows.
   */
  offsetOf(path: Path, part: Part, resolved: (node: Node | null) => Node | null): number {
    let node = this.#root;
    let key: Node | null = null;
    for (const step of path) {
      const inner = resolved(node);
      if (isMap<Node, Node>(inner)) {
        const pair = this.#pairsOf(inner).get(String(step));
        if (!pair) return start(node) ?? start(key) ?? 0;
        key = pair.key;
        node = pair.value;
      } else if (isSeq<Node>(inner) && typeof step === 'number' && inner.items[step]) {
        key = null;
        node = inner.items[step];
      } else {
        break;
      }
    }
    if (part === 'key') return start(key) ?? start(node) ?? 0;
    const offset = start(node) ?? start(key) ?? 0;
    return typeof part === 'object' ? offset + this.#characterOffset(node, part.character) : offset;
  }

  /** Of duplicate keys the last is the one whose value counts. */
  #pairsOf(map: YAMLMap<Node, Node>): ReadonlyMap<string, Pair<Node, Node>> {
    const known = this.#pairs.get(map);
    if (known) return known;
    const pairs = new Map(
      map.items.flatMap((pair) =>
        isScalar(pair.key) ? [[keyText(pair.key.value), pair] as const] : [],
      ),
    );
    this.#pairs.set(map, pairs);
    return pairs;
  }

  /** Exact where the file has the text as it reads: without escapes or line breaks. */
  #characterOffset(node: Node | null, character: number): number {
    if (!isScalar(node) || typeof node.value !== 'string') return 0;
    const offset = start(node) ?? 0;
    for (const quote of [0, 1]) {
      if (this.#text.startsWith(node.value, offset + quote)) return quote + character;
    }
    return 0;
  }
}

function keyText(value: unknown): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
}

function start(node: Node | null): number | undefined {
  return node?.range?.[0];
}
