import { HarnessError, msFromNs } from '../../core/index.ts';
import type { Tuning } from '../tuning.ts';
import { exportedEdges } from './export-tuning.ts';
import type { ExportedEdge, Stack, StackPolicy } from './stack.ts';
import { edgeTitle } from './stack-units.ts';

const NOT_SAID = 'not said';
const RETRY_ON_TEXTS: Readonly<Record<string, string>> = {
  nothing: 'nothing',
  connect: 'failed connects',
  transient: 'any failure that may pass',
};

const timeText = (value: unknown): string =>
  typeof value === 'number' && Number.isFinite(value)
    ? `${Number(msFromNs(value).toFixed(1))} ms`
    : NOT_SAID;
const wordText = (value: unknown): string =>
  typeof value === 'string' ? (RETRY_ON_TEXTS[value] ?? value) : NOT_SAID;
const countText = (value: unknown): string =>
  typeof value === 'number' && Number.isFinite(value) ? String(value) : NOT_SAID;

/** What of a policy is compared, and how it is called and written. */
const PARTS = [
  ['attempts', 'attempts', countText],
  ['retryOn', 'sent again', wordText],
  ['attemptTimeoutNs', 'attempt timeout', timeText],
  ['connectTimeoutNs', 'connect timeout', timeText],
  ['totalTimeoutNs', 'total deadline', timeText],
  ['firstWaitNs', 'first wait, at most', timeText],
] as const satisfies readonly (readonly [keyof StackPolicy, string, (value: unknown) => string])[];

/** A part of a policy that is in use otherwise than recommended. */
export interface PolicyDifference {
  /** The edge, as people write it. */
  readonly edge: string;
  readonly name: string;
  readonly inUse: string;
  readonly recommended: string;
}

/** What is in use beside what is recommended, both by the counting of their stack. */
export interface CurrentComparison {
  readonly stack: string;
  /** By edge, in the order of the tuning. */
  readonly differences: readonly PolicyDifference[];
  /** Edges of which all is in use as recommended. */
  readonly equal: readonly string[];
  /** Edges that the file does not have. */
  readonly missing: readonly string[];
  /** What the file has, by its key, and no edge is for. */
  readonly others: readonly string[];
}

/**
 * Returns how a file that is in use differs from what is recommended. The file is one that `tune
 * --export` wrote, whoever changed its numbers since: its parts are found by their keys.
 * @throws USAGE_INVALID for a file that no stack reads an edge of, and what exporting throws
 */
export function compareCurrent(
  tuning: Tuning,
  text: string,
  stacks: readonly Stack[],
): CurrentComparison {
  const edges = exportedEdges(tuning);
  const byKey = new Map(edges.map((edge) => [edge.key, edge]));
  let best: { readonly stack: Stack; readonly found: readonly StackPolicy[] } | undefined;
  let most = 0;
  for (const stack of stacks) {
    const found = readOrNone(stack, text);
    const own = found.filter(({ key }) => byKey.has(keyOf(stack, key, edges))).length;
    if (own > most) [best, most] = [{ stack, found }, own];
  }
  if (best === undefined) {
    throw new HarnessError(
      'USAGE_INVALID',
      `--current wants a file that tune --export wrote, got one without any of ${[...byKey.keys()].join(', ')}`,
      { hint: 'Keep the names that the export gives to routes, backends, policies.' },
    );
  }
  return compare(edges, best.stack, best.found);
}

function compare(
  edges: readonly ExportedEdge[],
  stack: Stack,
  found: readonly StackPolicy[],
): CurrentComparison {
  const inUse = new Map(found.map((policy) => [policy.key, policy]));
  const wanted = stack.read(stack.write({ edges, about: [] }));
  const titleOf = (key: string): string => {
    const edge = edges.find((one) => one.key === key);
    return edge === undefined ? key : edgeTitle(edge);
  };
  const differences = wanted.flatMap((policy) => {
    const own = inUse.get(policy.key);
    return own === undefined ? [] : differencesOf(titleOf(policy.key), own, policy);
  });
  const differing = new Set(differences.map(({ edge }) => edge));
  const known = wanted.filter(({ key }) => inUse.has(key)).map(({ key }) => titleOf(key));
  const keys = new Set(wanted.map(({ key }) => key));
  return {
    stack: stack.title,
    differences,
    equal: known.filter((title) => !differing.has(title)),
    missing: wanted.filter(({ key }) => !inUse.has(key)).map(({ key }) => titleOf(key)),
    others: found.filter(({ key }) => !keys.has(key)).map(({ key }) => key),
  };
}

function differencesOf(
  edge: string,
  inUse: StackPolicy,
  recommended: StackPolicy,
): readonly PolicyDifference[] {
  return PARTS.flatMap(([part, name, textOf]) => {
    const [own, wanted] = [textOf(inUse[part]), textOf(recommended[part])];
    return own === wanted ? [] : [{ edge, name, inUse: own, recommended: wanted }];
  });
}

/** Clients of Feign are of a callee. */
function keyOf({ name }: Stack, key: string, edges: readonly ExportedEdge[]): string {
  if (name !== 'openfeign') return key;
  return edges.find(({ callee }) => callee === key)?.key ?? key;
}

/** A file of another format is no error here. */
function readOrNone(stack: Stack, text: string): readonly StackPolicy[] {
  try {
    return stack.read(text);
  } catch {
    return [];
  }
}
