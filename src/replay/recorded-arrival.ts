import type { ReplayedRequest } from '../scenario/index.ts';
import type { RecordedTime } from './recorded-time.ts';

/** One arrival of a recorded list. */
export interface RecordedArrival {
  readonly time: RecordedTime;
  /** What it called; undefined where the list does not say. */
  readonly request: ReplayedRequest | undefined;
}

/** A line of a list: an arrival, or why it is none. */
export type LineReading = RecordedArrival | { readonly fault: string };
