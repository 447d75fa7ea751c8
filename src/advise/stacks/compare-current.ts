import { HarnessError, msFromNs } from '../../core/index.ts';
import type { Tuning } from '../tuning.ts';
import { type CurrentFile, currentText, noEdgeOf, partName, unknownFile } from './current-file.ts';
import { exportedEdges } from './export-tuning.ts';
import { isInScope } from './file-parts.ts';
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

const shareText = (value: unknown): string =>
  typeof value === 'number' && Number.isFinite(value) ? `${Math.round(value * 100)}%` : NOT_SAID;

/** What of a policy is compared, and how it is called and written. */
const PARTS = [
  ['attempts', 'attempts', countText],
  ['retryOn', 'sent again', wordText],
  ['attemptTimeoutNs', 'attempt timeout', timeText],
  ['connectTimeoutNs', 'connect timeout', timeText],
  ['totalTimeoutNs', 'total deadline', timeText],
  ['firstWaitNs', 'first wait, at most', timeText],
  ['hedgeDelayNs', 'hedge after', timeText],
  ['concurrent', 'calls at once', countText],
  ['limitPerSec', 'calls a second', countText],
  ['breakerRatio', 'breaker opens at', shareText],
  ['breakerInARow', 'breaker opens after, in a row', countText],
  ['breakerSleepNs', 'breaker open for', timeText],
] as const satisfies readonly (readonly [keyof StackPolicy, string, (value: unknown) => string])[];

/** A part of a policy that is in use otherwise than recommended. */
export interface PolicyDifference {
  /** The edge, as people write it. */
  readonly edge: string;
  readonly name: string;
  readonly inUse: string;
  readonly recommended: string;
  /** Where what is in use begins in the file; absent where that is not known. */
  readonly line?: number;
}

/** What of a file bears on the calls of an edge, and is not compared. */
export interface BesideSetting {
  readonly edge: string;
  /** As the file has it. */
  readonly text: string;
  readonly line?: number;
}

/** What is in use beside what is recommended, both by the counting of their stack. */
export interface CurrentComparison {
  readonly stack: string;
  /** Other stacks that the same file has edges for; they are not compared. */
  readonly alsoOf: readonly string[];
  /** By edge, in the order of the tuning. */
  readonly differences: readonly PolicyDifference[];
  readonly beside: readonly BesideSetting[];
  /** Edges of which all is in use as recommended. */
  readonly equal: readonly string[];
  /** Edges that the file does not have. */
  readonly missing: readonly string[];
  /** What the file has, by its key, and no edge is for. */
  readonly others: readonly string[];
}

/** A part of a file that is of an edge. */
interface FoundPart {
  readonly edge: ExportedEdge;
  readonly policy: StackPolicy;
}

interface ReadFile {
  readonly stack: Stack;
  readonly read: readonly StackPolicy[];
  readonly found: readonly FoundPart[];
}

/**
 * Returns how a file that is in use differs from what is recommended. Parts that have the keys of
 * an export, whoever changed their numbers since, are found by these; others by what they say
 * themselves of the calls that they are for: each edge has the first that fits. Where several
 * stacks read edges of it, it is that which reads most, by name.
 * @throws USAGE_INVALID for a file that is empty, no text, of no stack, or without any edge; what
 *   its stack refuses; and what exporting throws
 */
export function compareCurrent(
  tuning: Tuning,
  file: CurrentFile,
  stacks: readonly Stack[],
): CurrentComparison {
  const text = currentText(file);
  const edges = exportedEdges(tuning, harnessStackOf(text, stacks));
  const refusals: HarnessError[] = [];
  const all = stacks.flatMap((stack): readonly ReadFile[] => {
    try {
      const read = stack.read(text);
      return [{ stack, read, found: foundIn(read, edges) }];
    } catch (error) {
      // A file of another format is no error here.
      if (error instanceof HarnessError) refusals.push(inFile(error, file.path));
      return [];
    }
  });
  const byFound = all.toSorted((a, b) => weightOf(b) - weightOf(a));
  const [best, ...others] = byFound.filter(({ found }) => found.length > 0);
  if (best !== undefined) {
    const alsoOf = others.map(({ stack }) => stack.title);
    return { ...compare(edges, best), alsoOf };
  }
  const [known] = all
    .filter(({ read }) => read.length > 0)
    .toSorted((a, b) => b.read.length - a.read.length);
  if (known !== undefined) throw noEdgeOf(file.path, known.stack, known.read, edges);
  throw refusals[0] ?? unknownFile(file.path, text, stacks, edges);
}

/** Returns the stack of callgauge's own calls where the file is one of it. */
function harnessStackOf(text: string, stacks: readonly Stack[]): Stack | undefined {
  return stacks.find((stack) => {
    try {
      return stack.isOfHarness && stack.read(text).length > 0;
    } catch {
      // It is told of where nothing else reads the file.
      return false;
    }
  });
}

/** A part that is for any call counts less than all that name their callee or path. */
function weightOf({ found }: ReadFile): number {
  const named = found.filter(({ policy: { scope } }) => {
    const isPlaced = scope?.path !== undefined || scope?.pathPrefix !== undefined;
    return scope === undefined || isPlaced || !scope.callees.includes('*');
  });
  return named.length + found.length / (found.length + 1);
}

function inFile(error: HarnessError, path: string): HarnessError {
  return new HarnessError('USAGE_INVALID', `--current ${path}: ${error.message}`, {
    hint: error.hint,
  });
}

function compare(
  edges: readonly ExportedEdge[],
  { stack, read, found }: ReadFile,
): Omit<CurrentComparison, 'alsoOf'> {
  // What the stack cannot say at all of an edge is not wanted of the file.
  const wanted = foundIn(stack.read(stack.write({ edges, about: [] })), edges);
  const inUse = new Map(found.map(({ edge, policy }) => [edge, policy]));
  const pairs = wanted.flatMap(({ edge, policy }) => {
    const own = inUse.get(edge);
    return own === undefined ? [] : [{ edge, own, policy }];
  });
  const differences = pairs.flatMap(({ edge, own, policy }) => differencesOf(edge, own, policy));
  const differing = new Set(differences.map(({ edge }) => edge));
  const used = new Set(found.map(({ policy }) => policy));
  return {
    stack: stack.title,
    differences,
    beside: pairs.flatMap(({ edge, own, policy }) =>
      (own.beside ?? [])
        .filter((text) => policy.beside?.includes(text) !== true)
        .map((text) => ({ edge: edgeTitle(edge), text, ...lineOf(own) })),
    ),
    equal: pairs.map(({ edge }) => edgeTitle(edge)).filter((title) => !differing.has(title)),
    missing: wanted.filter(({ edge }) => !inUse.has(edge)).map(({ edge }) => edgeTitle(edge)),
    others: read.filter((policy) => !used.has(policy)).map(partName),
  };
}

function differencesOf(
  edge: ExportedEdge,
  inUse: StackPolicy,
  recommended: StackPolicy,
): readonly PolicyDifference[] {
  return PARTS.flatMap(([part, name, textOf]) => {
    const [own, wanted] = [
      textOf(ofEdge(inUse, edge)[part]),
      textOf(ofEdge(recommended, edge)[part]),
    ];
    if (own === wanted) return [];
    const isDefault = inUse.defaults?.includes(part) ?? false;
    const said = isDefault ? `${own}, the default` : own;
    return [{ edge: edgeTitle(edge), name, inUse: said, recommended: wanted, ...lineOf(inUse) }];
  });
}

function lineOf({ line }: StackPolicy): { readonly line?: number } {
  return line === undefined ? {} : { line };
}

/** Methods that some stacks never repeat once they were sent. */
const UNSAFE_METHODS = ['POST', 'LOCK', 'PATCH'];

/** Returns what of a policy holds for the calls of an edge. */
export function ofEdge(
  policy: StackPolicy,
  { request }: Pick<ExportedEdge, 'request'>,
): StackPolicy {
  const isUnsafe = UNSAFE_METHODS.includes(request.httpMethod) || request.rpcService !== '';
  const { retryOnUnsafe } = policy;
  return isUnsafe && retryOnUnsafe !== undefined ? { ...policy, retryOn: retryOnUnsafe } : policy;
}

/** Returns the part of each edge that has one: by keys where any fits, else by scopes. */
function foundIn(
  read: readonly StackPolicy[],
  edges: readonly ExportedEdge[],
): readonly FoundPart[] {
  const keys = new Set(edges.map(({ key }) => key));
  const byKey = read.some(({ key }) => keys.has(key));
  return edges.flatMap((edge) => {
    const policy = read.find(({ key, scope }) =>
      byKey ? key === edge.key : scope !== undefined && isInScope(edge, scope),
    );
    return policy === undefined ? [] : [{ edge, policy }];
  });
}
