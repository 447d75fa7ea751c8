import type { SpanTable } from '../../spans/index.ts';

/** What tells A's spans from B's in a run of two versions. */
export interface VersionNames {
  /** Of steps and targets: by A's name, B's. */
  readonly ofB: ReadonlyMap<string, string>;
  /** The step whose calls are held against each other, as each has it. */
  readonly steps: { readonly a: string; readonly b: string };
}

const OWN = 'callgauge';

/**
 * Returns the spans of A with the names that B has for what stands twice, so that their places are
 * the same ones. Steps and targets are known by the scenario. The service that a version is, is the
 * one that answers its calls: it may name itself as it likes. Services behind it stand twice where
 * one side alone has `NAME-a` and the other alone `NAME-b`.
 */
export function underNamesOfB(ofA: SpanTable, ofB: SpanTable, known: VersionNames): SpanTable {
  const renamed = servicesOfB(ofA, ofB, known.steps);
  const names = ofA.names.map((name) => known.ofB.get(name) ?? name);
  if (renamed.size === 0) return { ...ofA, names };
  const numbers = new Map<number, number>();
  for (const [i, name] of ofA.names.entries()) {
    const other = renamed.get(name);
    if (other !== undefined) numbers.set(i, names.push(other) - 1);
  }
  const withNumbers = (texts: Uint32Array): Uint32Array =>
    texts.map((text) => numbers.get(text) ?? text);
  // An operation or an attribute's key that has the name of a service stays what it is.
  return {
    ...ofA,
    names,
    services: withNumbers(ofA.services),
    attributeValues: withNumbers(ofA.attributeValues),
  };
}

/** By the name of A's service, that of B's. */
function servicesOfB(
  ofA: SpanTable,
  ofB: SpanTable,
  steps: VersionNames['steps'],
): ReadonlyMap<string, string> {
  const [a, b] = [servicesOf(ofA), servicesOf(ofB)];
  const pairs = new Map<string, string>();
  for (const name of a) {
    const other = name.replace(/-a$/u, '-b');
    if (!b.has(name) && b.has(other) && !a.has(other)) pairs.set(name, other);
  }
  const [ownA, ownB] = [
    [...answering(ofA, steps.a)].filter((name) => !b.has(name)),
    [...answering(ofB, steps.b)].filter((name) => !a.has(name)),
  ];
  const [onlyA, onlyB] = [ownA[0], ownB[0]];
  const isOneEach = ownA.length === 1 && ownB.length === 1;
  if (isOneEach && onlyA !== undefined && onlyB !== undefined) pairs.set(onlyA, onlyB);
  return pairs;
}

function servicesOf({ names, services }: SpanTable): ReadonlySet<string> {
  return new Set([...new Set(services)].map((service) => names[service] ?? ''));
}

/** Returns the services whose spans lie right below the calls of a step. */
function answering(table: SpanTable, step: string): ReadonlySet<string> {
  const { names, services, operations, parents, spanCount } = table;
  const found = new Set<string>();
  for (let i = 0; i < spanCount; i++) {
    const parent = parents[i] ?? -1;
    if (parent < 0 || names[services[parent] ?? 0] !== OWN) continue;
    const service = names[services[i] ?? 0] ?? '';
    if (names[operations[parent] ?? 0] === step && service !== OWN) found.add(service);
  }
  return found;
}
