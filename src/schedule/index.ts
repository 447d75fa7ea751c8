export type { ArrivalCursor } from './arrival-cursor.ts';
export { scheduleOf, type Schedule } from './schedule.ts';
