export type { ArrivalCursor } from './arrival-cursor.ts';
export type { ClosedPhase } from './closed-phase.ts';
export type { SaturatedPhase } from './saturated-phase.ts';
export { shareOf, UNSPLIT, type Shard } from './shard.ts';
export { isReadReplay } from './replay-arrivals.ts';
export { scheduleOf, type Schedule } from './schedule.ts';
export { arrivalsPerPhase } from './arrivals-per-phase.ts';
export { wantedRatePerSec } from './wanted-rate.ts';
