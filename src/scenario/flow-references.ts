import type { FlowSpec } from './flow-spec.ts';
import type { Reference } from './references.ts';
import { textsAmong } from './request-spec.ts';
import { referencesOf, type CallReference } from './template.ts';

/** Returns whether a reference stands for something of a recorded request. */
export function isOfReplay({ kind }: Reference | CallReference): boolean {
  return kind === 'replay-path' || kind === 'replay-method';
}

/**
 * Returns whether a step of the flow sends something of the recorded request, or checks against it.
 */
export function usesReplayedRequest(flow: FlowSpec): boolean {
  return referencesOfFlow(flow).some(isOfReplay);
}

/** Returns the names of the feeders whose columns the steps of a flow use. */
export function feedersUsedBy(flow: FlowSpec): ReadonlySet<string> {
  const used = referencesOfFlow(flow).flatMap((reference) =>
    reference.kind === 'feeder' ? reference.name : [],
  );
  return new Set(used);
}

function referencesOfFlow({ steps }: FlowSpec): readonly (Reference | CallReference)[] {
  return steps.flatMap(({ call: { request }, checks }) =>
    [
      request.templates?.method ?? [],
      request.templates?.path ?? [],
      request.templates?.body ?? [],
      ...textsAmong(request.templates?.parts),
      ...(request.templates?.headers ?? []).map(([, value]) => value),
      ...(checks?.json ?? []).map(({ wanted }) => wanted.equals ?? []),
    ].flatMap(referencesOf),
  );
}
