import type { CurrentComparison, Tuning } from '../../advise/index.ts';
// Not by the room's index: who exports nothing loads no stack, and no library of its format.
import {
  compareCurrent,
  type CurrentFile,
  exportTuning,
  type Stack,
  STACKS,
} from '../../advise/stacks/index.ts';
import { didYouMean, HarnessError } from '../../core/index.ts';

/**
 * Returns recommendations as a file for a stack, with a line end.
 * @throws USAGE_INVALID for an unknown stack, several callers, or where it has none of the edges;
 *   SAMPLE_TOO_SMALL where no edge has a policy
 */
export function exportStack(tuning: Tuning, name: string): string {
  return exportTuning(tuning, stackNamed(name));
}

/**
 * Returns what writes the files of a stack.
 * @throws USAGE_INVALID for an unknown one
 */
export function stackNamed(name: string, option = '--export'): Stack {
  const stack = STACKS.find((one) => one.name === name);
  if (stack !== undefined) return stack;
  const names = STACKS.map((one) => one.name);
  throw new HarnessError(
    'USAGE_INVALID',
    `${option} wants a stack, got ${name}${didYouMean(name, names)}`,
    { hint: `It is one of ${names.join(', ')}.` },
  );
}

/**
 * Returns how a file that is in use differs from recommendations; read as one of a stack, where one
 * is named.
 * @throws USAGE_INVALID for a file that nothing can be read of, an unknown stack, and what
 *   {@link exportStack} throws
 */
export function compareWithFile(
  tuning: Tuning,
  file: CurrentFile,
  stackName?: string,
): CurrentComparison {
  return compareCurrent(
    tuning,
    file,
    stackName === undefined ? STACKS : [stackNamed(stackName, '--as')],
  );
}
