import type { Ratio } from '../core/index.ts';
import type { EdgeAttempts, FailedAttempts } from './span-source.ts';
import type { SpanSelection } from './span-window.ts';

/** The calls between services that began in a time, by seconds from its start. */
export interface AttemptsInTime {
  /** As their callers' CLIENT spans have them. */
  readonly edges: readonly EdgeAttempts[];
  /**
   * Calls of which no CLIENT span is stored, as the SERVER spans have them: without the network.
   * `(outside)` calls where no span above is stored.
   */
  readonly served: readonly EdgeAttempts[];
  /** Why attempts failed, of both. */
  readonly failures: readonly FailedAttempts[];
  /** How many CLIENT and SERVER spans the time has. */
  readonly attempts: number;
  /** The share of traces that was read: 1, or less where there are more than were wanted. */
  readonly ratio: Ratio;
}

/** Reads the calls of a time, all of them and not of some traces. */
export interface AttemptReader {
  /**
   * Returns the calls that began in the time selected; of about `attemptsMax` spans at most, those
   * of an even share of the traces where there are more.
   */
  attemptsIn(
    selection: Pick<SpanSelection, 'fromEpochNs' | 'toEpochNs'>,
    attemptsMax: number,
  ): Promise<AttemptsInTime>;
}
