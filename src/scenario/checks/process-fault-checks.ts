import type { Ns } from '../../core/index.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import type { Problem } from '../problem.ts';
import { stairsIn } from '../staircase.ts';
import { phaseDurations } from './load-checks.ts';

/** Each window is a row of the store and a part of the report. */
export const WINDOWS_MAX = 1_000;

interface Window {
  readonly fromNs: Ns;
  readonly toNs: Ns;
}

interface Occupied {
  readonly name: string;
  readonly windows: readonly Window[];
}

/**
 * Returns a problem for every fault that acts on a process while another one does: what one does to
 * a process, another that is over earlier would undo.
 */
export function overlapsOnProcess(file: ScenarioFile): Problem[] {
  const occupied = new Map<string, Occupied[]>();
  const origins = originsOf(file);
  const durations = phaseDurations(file);
  return file.faults.flatMap(({ name, service, pid, during }, index): Problem[] => {
    const target = service ?? pid;
    const origin = origins.get(during?.phase ?? '');
    if (target === undefined || during === undefined || !origin) return [];
    const { from, every, for: forNs } = during;
    const leftNs = (durations.get(during.phase) ?? 0) - from - forNs;
    const more = every === undefined ? 0 : Math.max(0, Math.floor(leftNs / every));
    const windows = Array.from({ length: Math.min(more + 1, WINDOWS_MAX) }, (_, i): Window => {
      const fromNs = origin.fromNs + from + i * (every ?? 0);
      return { fromNs, toNs: fromNs + forNs };
    });
    const key = JSON.stringify([target, origin.phase]);
    const others = occupied.get(key) ?? [];
    const own = { name, windows };
    occupied.set(key, [...others, own]);
    const other = others.find((candidate) => overlap(candidate.windows, windows));
    if (!other) return [];
    const message = `faults of one process must not overlap, got "${own.name}" during "${other.name}" on ${JSON.stringify(target)}`;
    const hint = 'Let one end before the other begins.';
    return [{ path: ['faults', index, 'during'], part: 'value', message, hint }];
  });
}

/** Both in the order of their begin, neither overlapping itself. */
function overlap(a: readonly Window[], b: readonly Window[]): boolean {
  return a.some((one) => b.some((other) => one.fromNs < other.toNs && other.fromNs < one.toNs));
}

interface Origin {
  readonly phase: string;
  /** From the start of the phase. */
  readonly fromNs: Ns;
}

/** Returns in which phase of the file, and how far into it, what a fault can name begins. */
function originsOf({ load }: ScenarioFile): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Origin>();
  for (const phase of load) {
    origins.set(phase.phase, { phase: phase.phase, fromNs: 0 });
    for (const { name, fromNs } of stairsIn(phase)) {
      origins.set(name, { phase: phase.phase, fromNs });
    }
  }
  return origins;
}
