export type { ArrivalList } from './arrival-list.ts';
export { arrivalsOfRun } from './arrivals-of-run.ts';
export { methodRemarks } from './method-remarks.ts';
export { readReplayFiles, readReplays, type ReplaySources } from './read-replays.ts';
export { readArrivalFile, type ArrivalFile, type ArrivalFileOptions } from './read-arrival-file.ts';
