import { pathText, type Problem } from '../problem.ts';
import { namesIn, select, selectTexts, type Selected } from '../select.ts';

/**
 * Returns a problem for every bound that leaves users of a closed phase without a connection or
 * a slot of their own: they would wait for each other, and fewer would be at work than the file says.
 */
export function usersProblems(file: unknown): Problem[] {
  return select(file, ['load', '*']).flatMap((phase) => {
    const users = numberAt(phase.value, ['users']);
    if (!users) return [];
    const bounds = [
      ...targetsOf(file, phase.value).flatMap((name) =>
        numbersAt(file, ['targets', name, 'connections']),
      ),
      ...numbersAt(file, ['engine', 'maxInFlight']),
    ];
    return bounds
      .filter((bound) => bound.value < users.value)
      .map((bound): Problem => {
        const key = String(bound.path.at(-1));
        const where = pathText([...phase.path, 'users']);
        return {
          path: bound.path,
          part: 'value',
          message: `${key} must be at least the ${users.value} users of ${where}, got ${bound.value}`,
          hint: `Write ${key}: ${users.value}, or remove it, or have fewer users.`,
        };
      });
  });
}

/** Returns the targets that a phase's flow calls, each once. */
function targetsOf(file: unknown, phase: unknown): readonly string[] {
  const flow = selectTexts(phase, ['flow'])[0]?.value ?? namesIn(file, 'flows')?.[0] ?? '';
  const targets = selectTexts(file, ['flows', flow, '*', 'target']).map(({ value }) => value);
  return [...new Set(targets)];
}

type SelectedNumber = Selected & { readonly value: number };

function numbersAt(file: unknown, place: readonly string[]): SelectedNumber[] {
  return select(file, place).flatMap(({ path, value }) =>
    typeof value === 'number' ? [{ path, value }] : [],
  );
}

function numberAt(file: unknown, place: readonly string[]): SelectedNumber | undefined {
  return numbersAt(file, place)[0];
}
