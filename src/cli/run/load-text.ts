import { formatDuration } from '../../core/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import type { Schedule } from '../../schedule/index.ts';

type Phases = Pick<Schedule, 'expectedCount' | 'closed' | 'saturated' | 'phases'>;

/**
 * Returns how long a scenario takes and what it lets loose: `30 s, about 400 arrivals`; of a capacity
 * search what is known before: `a search for capacity from 50/s to 2000/s`.
 */
export function planText(scenario: Pick<Scenario, 'load'>, schedule: Schedule): string {
  const search = scenario.load.find((phase) => phase.capacity !== undefined);
  if (search === undefined) return `${formatDuration(schedule.durationNs)}, ${loadText(schedule)}`;
  const { fromPerSec, toPerSec } = search.capacity;
  return `a search for capacity from ${fromPerSec}/s to ${toPerSec}/s`;
}

/**
 * Returns what a schedule lets loose, for people: `about 400 arrivals, 50 users and 64 saturated
 * connections`.
 */
export function loadText({ expectedCount, closed, saturated, phases }: Phases): string {
  const users = userCountMax({ closed });
  const connections = Math.max(0, ...saturated.map((phase) => phase.connections));
  const open = phases.filter((phase) => phase.model === 'open');
  // Only a replay of a run lasts no time as long as the run has not been looked up.
  const isUnread = open.some((phase) => phase.toNs === phase.fromNs);
  const texts = [
    ...(open.length > 0 && (!isUnread || expectedCount > 0)
      ? [`about ${Math.round(expectedCount)} arrivals`]
      : []),
    ...(isUnread ? ['the arrivals of a stored run'] : []),
    ...(users > 0 ? [`${users} ${users === 1 ? 'user' : 'users'}`] : []),
    ...(connections > 0
      ? [`${connections} saturated ${connections === 1 ? 'connection' : 'connections'}`]
      : []),
  ];
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} and ${last}`;
}

/** Returns the most virtual users of a phase; 0 where no phase has any. */
export function userCountMax({ closed }: Pick<Schedule, 'closed'>): number {
  return Math.max(0, ...closed.map((phase) => phase.userCount));
}
