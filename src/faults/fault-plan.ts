import { invariant, type Ns } from '../core/index.ts';
import type { FaultSpec, FaultTime } from './fault.ts';

/** When a phase begins and ends, in ns from the start of the run. */
export interface PhaseTime {
  readonly name: string;
  readonly fromNs: Ns;
  readonly toNs: Ns;
}

/** One thing to do, `atNs` after the start of the run; -Infinity for before it. */
export interface FaultAction {
  readonly atNs: Ns;
  readonly action: 'add' | 'remove';
  readonly fault: FaultSpec;
  /** Of `add`: when it is to be removed again; absent for never. */
  readonly untilNs?: Ns;
}

/**
 * Returns what has to be done when, in the order of the times: per window of a fault one `add` and
 * one `remove`; of a fault without a time, which is there for the whole run, an `add` before all
 * and no `remove`. Empty without faults. Faults may overlap, also on one proxy. Of one instant's
 * actions the removals come first, so that faults set end to end never overlap; beyond that the
 * order is the scenario's.
 */
export function planFaults(
  faults: readonly FaultSpec[],
  phases: readonly PhaseTime[],
): readonly FaultAction[] {
  const actions = faults.flatMap((fault): FaultAction[] => {
    const { during } = fault;
    if (during === undefined) return [{ atNs: -Infinity, action: 'add', fault }];
    const phase = phases.find((candidate) => candidate.name === during.phase);
    invariant(phase, `fault ${fault.name} names a phase of the scenario, got ${during.phase}`);
    invariant(during.durationNs > 0, `fault ${fault.name} lasts > 0 ns, got ${during.durationNs}`);
    return beginningsNs(during, phase.toNs - phase.fromNs).flatMap((fromNs): FaultAction[] => {
      const atNs = phase.fromNs + fromNs;
      return [
        { atNs, action: 'add', fault, untilNs: atNs + during.durationNs },
        { atNs: atNs + during.durationNs, action: 'remove', fault },
      ];
    });
  });
  return actions.sort((a, b) => a.atNs - b.atNs || rank(a) - rank(b));
}

/**
 * Returns when the windows of a fault begin, from the start of its phase: from, from + every,
 * from + 2 every... as long as they end with the phase at the latest; the first one always.
 */
function beginningsNs({ fromNs, durationNs, everyNs }: FaultTime, phaseNs: Ns): readonly Ns[] {
  if (everyNs === undefined) return [fromNs];
  const more = Math.max(0, Math.floor((phaseNs - durationNs - fromNs) / everyNs));
  return Array.from({ length: more + 1 }, (_, i) => fromNs + i * everyNs);
}

function rank(action: FaultAction): number {
  return action.action === 'remove' ? 0 : 1;
}
