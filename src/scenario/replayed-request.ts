import type { FlowSpec } from './flow-spec.ts';
import type { Reference } from './references.ts';
import { referencesOf, type CallReference } from './template.ts';

/** Returns whether a reference stands for something of a recorded request. */
export function isOfReplay({ kind }: Reference | CallReference): boolean {
  return kind === 'replay-path' || kind === 'replay-method';
}

/** Returns whether a step of the flow sends something of the recorded request, or checks against it. */
export function usesReplayedRequest({ steps }: FlowSpec): boolean {
  return steps.some(({ http: { templates }, checks }) =>
    [
      templates?.path ?? [],
      templates?.body ?? [],
      ...(templates?.headers ?? []).map(([, value]) => value),
      ...(checks?.json ?? []).map(({ wanted }) => wanted.equals ?? []),
    ]
      .flatMap(referencesOf)
      .some(isOfReplay),
  );
}
