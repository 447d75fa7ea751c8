import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';

/**
 * How deeply values may be nested, aliases followed: far more than a scenario needs, and far less
 * than what walks over them by recursion can bear.
 */
const DEPTH_MAX = 200;

/** Values that the aliases of a file may stand for in all, each with every value in it. */
export const ALIASED_VALUES_MAX = 100_000;

/** What is wrong with a node of the file. */
export interface NodeProblem {
  readonly node: Node;
  readonly message: string;
  readonly hint: string;
}

/** The nodes of a file as plain values. */
export interface YamlValues {
  /** Undefined where the file cannot be read as a whole: `problems` says why. */
  readonly value: unknown;
  readonly problems: readonly NodeProblem[];
  /** Returns what an alias stands for; any other node itself. */
  readonly resolved: (node: Node | null) => Node | null;
}

/** A value that has been read. Each is counted with all that is in it, through aliases. */
interface Read {
  readonly value: unknown;
  readonly values: number;
  readonly depth: number;
}

/**
 * Returns the plain value of a node: maps, lists, texts, numbers, booleans, null. An alias stands
 * for the value of the last node before it that has its anchor, and both are one object; it may not
 * stand for a value that it is in. Takes time in proportion to the number of nodes.
 */
export function yamlValues(root: Node | null, aliasedMax = ALIASED_VALUES_MAX): YamlValues {
  const reading = new Reading(aliasedMax);
  const resolved = (node: Node | null): Node | null =>
    isAlias(node) ? (reading.targets.get(node) ?? null) : node;
  try {
    return { value: reading.read(root, 0).value, problems: reading.problems, resolved };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { value: undefined, problems: [...reading.problems, error.problem], resolved };
  }
}

/** Ends the reading: the values cannot be had. */
class Unreadable extends Error {
  readonly problem: NodeProblem;

  constructor(problem: NodeProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

class Reading {
  readonly problems: NodeProblem[] = [];
  readonly targets = new Map<Alias, Node>();
  readonly #aliasedMax: number;
  /** The last node so far with each anchor. */
  readonly #anchors = new Map<string, Node>();
  /** Of every node with an anchor, once it has been read whole. */
  readonly #known = new Map<Node, Read>();
  #aliased = 0;

  constructor(aliasedMax: number) {
    this.#aliasedMax = aliasedMax;
  }

  read(node: Node | null, depth: number): Read {
    if (isAlias(node)) return this.#aliasOf(node, depth);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (node === null || anchor === undefined) return this.#readPlain(node, depth);
    this.#anchors.set(anchor, node);
    const read = this.#readPlain(node, depth);
    this.#known.set(node, read);
    return read;
  }

  #readPlain(node: Node | null, depth: number): Read {
    if (node === null) return { value: null, values: 1, depth: 0 };
    if (isMap<Node, Node | null>(node)) return this.#map(node.items, within(node, depth));
    if (isSeq<Node>(node)) return this.#list(node.items, within(node, depth));
    return { value: isScalar(node) ? node.value : null, values: 1, depth: 0 };
  }

  #list(items: readonly Node[], depth: number): Read {
    const reads = items.map((item) => this.read(item, depth));
    return around(
      reads,
      reads.map(({ value }) => value),
    );
  }

  #map(items: readonly Pair<Node, Node | null>[], depth: number): Read {
    const map: Record<string, unknown> = {};
    const keys = new Set<string>();
    const reads: Read[] = [];
    for (const { key, value } of items) {
      const text = this.#keyText(key, depth);
      if (text === undefined) continue;
      if (keys.has(text)) this.#duplicate(key, text);
      keys.add(text);
      const read = this.read(value, depth);
      reads.push(read);
      // Assigned to, __proto__ would be no key.
      if (text in map) Object.defineProperty(map, text, { ...OWN, value: read.value });
      else map[text] = read.value;
    }
    return around(reads, map);
  }

  #keyText(key: Node, depth: number): string | undefined {
    const { value } = this.read(key, depth);
    if (value === null) return '';
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    const got = Array.isArray(value) ? 'a list' : 'a map';
    this.problems.push({
      node: key,
      message: `a key must be a text, got ${got}`,
      hint: 'Put a key that begins with { or [ in quotes, and a text with ${...} too.',
    });
    return undefined;
  }

  #duplicate(key: Node, text: string): void {
    this.problems.push({
      node: key,
      message: `duplicate key "${cutShort(text)}"`,
      hint: 'Keep one of them.',
    });
  }

  #aliasOf(alias: Alias, depth: number): Read {
    const name = cutShort(alias.source);
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      throw new Unreadable({
        node: alias,
        message: `alias *${name} has no anchor`,
        hint: `Put &${name} before the value it stands for.`,
      });
    }
    const read = this.#known.get(target);
    if (read === undefined) {
      throw new Unreadable({
        node: alias,
        message: `alias *${name} is inside the value that it stands for`,
        hint: `Move &${name} to a value that ends before the alias, or write the value out.`,
      });
    }
    this.targets.set(alias, target);
    this.#aliased += read.values;
    if (this.#aliased > this.#aliasedMax) {
      throw new Unreadable({
        node: alias,
        message: `aliases must stand for ${this.#aliasedMax} values at most, got more`,
        hint: 'Write the values out.',
      });
    }
    if (depth + read.depth > DEPTH_MAX) throw tooDeep(alias);
    return read;
  }
}

const OWN = { writable: true, enumerable: true, configurable: true };

function within(node: Node, depth: number): number {
  if (depth >= DEPTH_MAX) throw tooDeep(node);
  return depth + 1;
}

function tooDeep(node: Node): Unreadable {
  return new Unreadable({
    node,
    message: `values must be nested ${DEPTH_MAX} deep at most, got more`,
    hint: 'Nest less deeply.',
  });
}

function around(reads: readonly Read[], value: unknown): Read {
  let [values, depth] = [1, 0];
  for (const read of reads) {
    values += read.values;
    depth = Math.max(depth, read.depth);
  }
  return { value, values, depth: depth + 1 };
}

function cutShort(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
