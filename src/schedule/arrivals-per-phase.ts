import type { Schedule } from './schedule.ts';

/** A longer walk would take seconds; the expectation serves then. */
const WALK_MAX = 5_000_000;

/**
 * Returns how many arrivals the schedule holds per phase, by name. Counted one by one, and so exact
 * for Poisson arrivals too; empty for a schedule of more than five million. Closed phases are left
 * out, since nothing foresees how often their users come, and so is a replay whose list is not
 * read.
 */
export function arrivalsPerPhase(schedule: Schedule): Readonly<Record<string, number>> {
  if (schedule.expectedCount > WALK_MAX) return {};
  const counts = schedule.phases.map(() => 0);
  const cursor = schedule.cursor();
  while (cursor.advance()) counts[cursor.phaseIndex] = (counts[cursor.phaseIndex] ?? 0) + 1;
  return Object.fromEntries(
    schedule.phases.flatMap(({ name, model, fromNs, toNs }, i) =>
      model === 'open' && toNs > fromNs ? [[name, counts[i] ?? 0]] : [],
    ),
  );
}
