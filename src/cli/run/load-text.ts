import type { Schedule } from '../../schedule/index.ts';

/** Returns what a schedule lets loose, for people: `about 400 arrivals and 50 users`. */
export function loadText({ expectedCount, closed, phases }: Schedule): string {
  const users = userCountMax({ closed });
  const texts = [
    ...(closed.length < phases.length ? [`about ${Math.round(expectedCount)} arrivals`] : []),
    ...(users > 0 ? [`${users} ${users === 1 ? 'user' : 'users'}`] : []),
  ];
  return texts.join(' and ');
}

/** Returns the most virtual users of a phase; 0 where no phase has any. */
export function userCountMax({ closed }: Pick<Schedule, 'closed'>): number {
  return Math.max(0, ...closed.map((phase) => phase.userCount));
}
