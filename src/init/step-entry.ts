import type { FirstPlan, FirstStep } from './first-plan.ts';

/** Returns a step as the entry of a flow in a scenario file. */
export function stepEntry(step: FirstStep, { targets }: Pick<FirstPlan, 'targets'>) {
  const { name, target, statuses } = step;
  const [status] = statuses;
  return {
    step: name,
    ...(targets.length > 1 && { target }),
    http: requestOf(step),
    ...(status !== undefined && { check: { status: statuses.length === 1 ? status : statuses } }),
  };
}

function requestOf({ method, path, headers, body }: FirstStep): unknown {
  if (Object.keys(headers).length === 0 && body === undefined) {
    return method === 'GET' ? path : `${method} ${path}`;
  }
  return {
    ...(method !== 'GET' && { method }),
    path,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(body !== undefined && { [body.key]: body.value }),
  };
}

/** A choice of a scenario has so many ways. */
const WAYS_MAX = 100;

/**
 * Returns ways, all as likely, as lists that a choice can have: one of them, or, where there are
 * more, each to be a way of a choice with its length as weight.
 */
export function listsOfWays<T>(ways: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(ways.length / WAYS_MAX);
  return Array.from({ length: count }, (_, i) => ways.slice(i * WAYS_MAX, (i + 1) * WAYS_MAX));
}

/** Returns the entry of a flow that takes one of the ways of some lists. */
export function choiceOf<T>(lists: readonly { readonly ways: T; readonly count: number }[]) {
  const [only, ...others] = lists;
  if (only !== undefined && others.length === 0) return { choose: only.ways };
  return { choose: lists.map(({ ways, count }) => ({ weight: count, do: [{ choose: ways }] })) };
}

/** Returns the targets as a scenario file has them. */
export function targetsOf({ targets }: Pick<FirstPlan, 'targets'>) {
  return Object.fromEntries(targets.map(({ name, url }) => [name, { url }]));
}
