import type { Ns, RecordedTime } from '../core/index.ts';
import type { ReplayedRequest } from '../scenario/index.ts';
import type { RequestProblem } from './recorded-path.ts';

/** One arrival of a recorded list. */
export interface RecordedArrival {
  readonly time: RecordedTime;
  /**
   * Which moment the time is of: `start` of a request, `end` of its answer, `unsaid` where the line
   * was written by a server of which that is not known, `list` where nothing says that an answer
   * was waited for at all.
   */
  readonly moment: 'start' | 'end' | 'unsaid' | 'list';
  /** How long the request took; undefined where the line does not say. */
  readonly durationNs: Ns | undefined;
  /** The field that says so, for messages. */
  readonly durationName?: string;
  /** What it called, or why that cannot be sent. */
  readonly request: ReplayedRequest | RequestProblem;
  /** What may be otherwise than it is read, behind a number of lines. */
  readonly doubt?: string;
}

/** A line of a list: an arrival, or why it is not one. */
export type LineReading = RecordedArrival | RequestProblem;
