import { STREAMS_DEFAULT } from '../file/system.ts';
import { entriesOfFlow } from '../flow-walk.ts';
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
      ...targetsOf(file, phase.value).flatMap((name) => {
        const usersEach = streamsOf(file, name);
        return numbersAt(file, ['targets', name, 'connections']).map((bound) => {
          return { ...bound, usersEach };
        });
      }),
      ...numbersAt(file, ['engine', 'maxInFlight']).map((bound) => ({ ...bound, usersEach: 1 })),
    ];
    return bounds
      .filter((bound) => bound.value * bound.usersEach < users.value)
      .map(({ path, value, usersEach }): Problem => {
        const key = String(path.at(-1));
        const where = pathText([...phase.path, 'users']);
        const of = usersEach === 1 ? '' : ` over ${usersEach} streams each`;
        const wanted = Math.ceil(users.value / usersEach);
        return {
          path,
          part: 'value',
          message: `${key} must be at least the ${users.value} users of ${where}${of}, got ${value}`,
          hint: `Write ${key}: ${wanted}, or remove it, or have fewer users.`,
        };
      });
  });
}

/** Returns how many users share a connection of the target. */
function streamsOf(file: unknown, target: string): number {
  const [protocol] = selectTexts(file, ['targets', target, 'protocol']);
  const isGrpc = protocol?.value === 'grpc' || select(file, ['targets', target, 'grpc']).length > 0;
  if (protocol?.value !== 'http2' && !isGrpc) return 1;
  return numberAt(file, ['targets', target, 'streams'])?.value ?? STREAMS_DEFAULT;
}

/** Returns the targets that a phase's flow calls, each once. */
function targetsOf(file: unknown, phase: unknown): readonly string[] {
  const flow = selectTexts(phase, ['flow'])[0]?.value ?? namesIn(file, 'flows')?.[0] ?? '';
  const targets = entriesOfFlow(file, flow).flatMap(({ value }) =>
    selectTexts(value, ['target']).map((target) => target.value),
  );
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
