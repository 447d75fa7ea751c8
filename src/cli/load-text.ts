import {
  counted,
  formatCount,
  formatDuration,
  type RatePerSec,
  rowsEndText,
} from '../core/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { Schedule } from '../schedule/index.ts';

type Phases = Pick<Schedule, 'expectedCount' | 'closed' | 'saturated' | 'phases'>;

/**
 * Returns how long a scenario takes and what it lets loose: `30 s, about 400 arrivals`; of one that
 * ends with a number `300 iterations of 50 users, ended after 1h 00m at the latest`; of a capacity
 * search what is known before: `a search for capacity from 50/s to 2,000/s`.
 */
export function planText(scenario: Pick<Scenario, 'load'>, schedule: Schedule): string {
  const search = scenario.load.find((phase) => phase.capacity !== undefined);
  if (search === undefined) {
    const rowsEnd = scenario.load.at(-1)?.rowsEnd;
    const end = rowsEnd ? `, ${rowsEndText(rowsEnd)}` : '';
    const length = formatDuration(schedule.durationNs);
    const load = `${loadText(schedule)}${end}`;
    // Where nothing but a number ends it, its time is a bound that is hardly ever come to.
    const isCounted = schedule.closed.every(({ iterations }) => Number.isFinite(iterations));
    const isWhole = schedule.closed.length === schedule.phases.length;
    if (isCounted && isWhole) return `${load}, ended after ${length} at the latest`;
    const isAtMost = schedule.closed.some(({ iterations }) => Number.isFinite(iterations));
    return `${length}${isAtMost ? ' at most' : ''}, ${load}`;
  }
  const { fromPerSec, toPerSec } = search.capacity;
  return `a search for capacity from ${rateText(fromPerSec)} to ${rateText(toPerSec)}`;
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
      ? [`about ${counted(Math.round(expectedCount), 'arrival')}`]
      : []),
    ...(isUnread ? ['the arrivals of a stored run'] : []),
    ...(users > 0 ? [usersText(users, closed)] : []),
    ...(connections > 0 ? [counted(connections, 'saturated connection')] : []),
  ];
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} and ${last}`;
}

/** With the iterations that bound them, where nothing but those does in any phase. */
function usersText(users: number, closed: Phases['closed']): string {
  const iterations = closed.reduce((sum, phase) => sum + phase.iterations, 0);
  const text = counted(users, 'user');
  return Number.isFinite(iterations) ? `${counted(iterations, 'iteration')} of ${text}` : text;
}

/** As it was written, but for the thousands. */
function rateText(perSec: RatePerSec): string {
  return `${Number.isInteger(perSec) ? formatCount(perSec) : perSec}/s`;
}

/** Returns the most virtual users of a phase; 0 where no phase has any. */
export function userCountMax({ closed }: Pick<Schedule, 'closed'>): number {
  return Math.max(0, ...closed.map((phase) => phase.userCount));
}
