import type { Ns } from '../../core/index.ts';
import { during } from '../file/fault.ts';
import { phase } from '../file/load.ts';
import type { Problem } from '../problem.ts';
import { select, valueAt } from '../select.ts';
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
export function overlapsOnProcess(file: unknown): Problem[] {
  const occupied = new Map<string, Occupied[]>();
  const origins = originsOf(file);
  const durations = phaseDurations(file);
  return select(file, ['faults', '*']).flatMap(({ path, value }): Problem[] => {
    const place: unknown = valueAt(value, ['service']) ?? valueAt(value, ['pid']);
    const read = during.safeParse(valueAt(value, ['during']));
    if (place === undefined || !read.success) return [];
    const origin = origins.get(read.data.phase);
    if (!origin) return [];
    const { from, every, for: forNs } = read.data;
    const leftNs = (durations.get(read.data.phase) ?? 0) - from - forNs;
    const more = every === undefined ? 0 : Math.max(0, Math.floor(leftNs / every));
    const windows = Array.from({ length: Math.min(more + 1, WINDOWS_MAX) }, (_, i): Window => {
      const fromNs = origin.fromNs + from + i * (every ?? 0);
      return { fromNs, toNs: fromNs + forNs };
    });
    const key = JSON.stringify([place, origin.phase]);
    const others = occupied.get(key) ?? [];
    const own = { name: String(valueAt(value, ['name'])), windows };
    occupied.set(key, [...others, own]);
    const other = others.find((candidate) => overlap(candidate.windows, windows));
    if (!other) return [];
    const message = `faults of one process must not overlap, got "${own.name}" during "${other.name}" on ${JSON.stringify(place)}`;
    const hint = 'Let one end before the other begins.';
    return [{ path: [...path, 'during'], part: 'value', message, hint }];
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
function originsOf(file: unknown): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Origin>();
  for (const { value } of select(file, ['load', '*'])) {
    const read = phase.safeParse(value);
    if (!read.success) continue;
    origins.set(read.data.phase, { phase: read.data.phase, fromNs: 0 });
    for (const { name, fromNs } of stairsIn(read.data)) {
      origins.set(name, { phase: read.data.phase, fromNs });
    }
  }
  return origins;
}
