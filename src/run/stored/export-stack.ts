import type { CurrentComparison, Tuning } from '../../advise/index.ts';
// Not by the room's index: who exports nothing loads no stack, and no library of its format.
import { compareCurrent, exportTuning, STACKS } from '../../advise/stacks/index.ts';
import { didYouMean, HarnessError } from '../../core/index.ts';

/**
 * Returns recommendations as a file for a stack, with a line end.
 * @throws USAGE_INVALID for an unknown stack, several callers, or where no edge has a policy
 */
export function exportStack(tuning: Tuning, name: string): string {
  const stack = STACKS.find((one) => one.name === name);
  if (stack !== undefined) return exportTuning(tuning, stack);
  const names = STACKS.map((one) => one.name);
  throw new HarnessError(
    'USAGE_INVALID',
    `--export wants a stack, got ${name}${didYouMean(name, names)}`,
    { hint: `It is one of ${names.join(', ')}.` },
  );
}

/**
 * Returns how a file that is in use differs from recommendations.
 * @throws USAGE_INVALID for a file that tune --export did not write, and what {@link exportStack}
 *   throws
 */
export function compareWithFile(tuning: Tuning, text: string): CurrentComparison {
  return compareCurrent(tuning, text, STACKS);
}
