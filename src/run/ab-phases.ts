import type { PhaseSpec } from '../scenario/index.ts';

/** Returns the names of the measured phases in which two versions take turns. */
export function abPhases(load: readonly PhaseSpec[]): readonly string[] {
  return load.flatMap(({ name, flowOfB, measure }) =>
    measure && flowOfB !== undefined ? [name] : [],
  );
}
