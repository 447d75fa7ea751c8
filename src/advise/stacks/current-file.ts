import { HarnessError, printableLine } from '../../core/index.ts';
import type { ExportedEdge, Stack, StackPolicy } from './stack.ts';
import { edgeTitle } from './stack-units.ts';

/** A file that is in use. */
export interface CurrentFile {
  /** As it was named. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

const SEEN_MAX = 60;
const NAMED_MAX = 8;

/**
 * Returns the text of a file that is in use.
 * @throws USAGE_INVALID where it is empty, or no text
 */
export function currentText({ path, bytes }: CurrentFile): string {
  const wanted = {
    hint: 'Name a file of a stack that is in use, or one that tune --export wrote.',
  };
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HarnessError('USAGE_INVALID', notText(path, bytes), wanted);
  }
  if (text.includes('\0')) throw new HarnessError('USAGE_INVALID', notText(path, bytes), wanted);
  if (text.trim() !== '') return text;
  const seen = bytes.length === 0 ? 'is empty' : 'has nothing but blanks';
  throw new HarnessError('USAGE_INVALID', `--current ${path} ${seen}`, wanted);
}

function notText(path: string, bytes: Uint8Array): string {
  const first = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `--current ${path} is no text: it begins with the bytes ${first.join(' ')}, and UTF-8 is wanted`;
}

/** Returns the error for a file of which a stack reads parts, and none is of an edge. */
export function noEdgeOf(
  path: string,
  { title, reads }: Stack,
  found: readonly StackPolicy[],
  edges: readonly ExportedEdge[],
): HarnessError {
  const parts = found.slice(0, NAMED_MAX).map(partName);
  const more = found.length > NAMED_MAX ? `, and ${found.length - NAMED_MAX} more` : '';
  return new HarnessError(
    'USAGE_INVALID',
    `--current ${path} is read as ${title}: it has ${parts.join(', ')}${more}, and none is of ${namesOf(edges)}`,
    {
      hint: `Its parts are found by the names of callees, by paths and methods (${reads}), or by the names that tune --export gives them: ${edges
        .slice(0, NAMED_MAX)
        .map(({ key }) => key)
        .join(', ')}.`,
    },
  );
}

/** Returns the error for a file that no stack reads. */
export function unknownFile(
  path: string,
  text: string,
  stacks: readonly Stack[],
  edges: readonly ExportedEdge[],
): HarnessError {
  const first = text.trim().split(/\r?\n/u, 1)[0] ?? '';
  const seen = printableLine(first.length > SEEN_MAX ? `${first.slice(0, SEEN_MAX)}…` : first);
  const only = stacks.length === 1 ? stacks[0] : undefined;
  return new HarnessError(
    'USAGE_INVALID',
    `--current ${path} has no part that ${only ? `${only.title} would read` : 'any stack would read'}; it begins with "${seen}", and settings of ${namesOf(edges)} are wanted`,
    {
      hint: only
        ? `Of ${only.title}: ${only.reads}.`
        : `It may be ${stacks.map(({ reads }) => reads).join('; ')}.`,
    },
  );
}

function namesOf(edges: readonly ExportedEdge[]): string {
  const named = edges.slice(0, NAMED_MAX).map((edge) => edgeTitle(edge));
  return `${named.join(', ')}${edges.length > NAMED_MAX ? ', …' : ''}`;
}

/** Returns how a part of a file is told: by its name, its callees, its line. */
export function partName({ key, scope, line }: StackPolicy): string {
  const [callee] = scope?.callees ?? [];
  const path = scope?.path ?? scope?.pathPrefix;
  const name = key || [callee === '*' ? undefined : callee, path].filter(Boolean).join(' ');
  const place = line === undefined ? '' : `line ${line}`;
  return printableLine([name, place].filter((text) => text !== '').join(', ') || 'a part');
}
