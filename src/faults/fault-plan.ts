import { invariant, type Ns } from '../core/index.ts';
import type { FaultSpec } from './fault.ts';

/** When a phase begins, in ns from the start of the run. */
export interface PhaseStart {
  readonly name: string;
  readonly fromNs: Ns;
}

/** One thing to do to a proxy, `atNs` after the start of the run. */
export interface FaultAction {
  readonly atNs: Ns;
  readonly action: 'add' | 'remove';
  readonly fault: FaultSpec;
}

/**
 * Returns what has to be done when: one `add` and one `remove` per fault, in the order of their
 * times; empty without faults. Faults may overlap, also on one proxy, and may outlast their phase.
 * Of one instant's actions the removals come first, so that faults set end to end never overlap;
 * beyond that the order is the scenario's.
 */
export function planFaults(
  faults: readonly FaultSpec[],
  phases: readonly PhaseStart[],
): readonly FaultAction[] {
  const actions = faults.flatMap((fault): FaultAction[] => {
    const { phase: phaseName, fromNs, durationNs } = fault.during;
    const phase = phases.find((candidate) => candidate.name === phaseName);
    invariant(phase, `fault ${fault.name} names a phase of the scenario, got ${phaseName}`);
    invariant(durationNs > 0, `fault ${fault.name} lasts > 0 ns, got ${durationNs}`);
    const atNs = phase.fromNs + fromNs;
    return [
      { atNs, action: 'add', fault },
      { atNs: atNs + durationNs, action: 'remove', fault },
    ];
  });
  return actions.sort((a, b) => a.atNs - b.atNs || rank(a) - rank(b));
}

function rank(action: FaultAction): number {
  return action.action === 'remove' ? 0 : 1;
}
