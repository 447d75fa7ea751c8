export type { ArrivalList } from './arrival-list.ts';
export { arrivalsOfRun } from './arrivals-of-run.ts';
export { fillReplays, type ReplaySources } from './fill-replays.ts';
export { readArrivalFile, type ArrivalFile, type ArrivalFileOptions } from './read-arrival-file.ts';
