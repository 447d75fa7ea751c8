import type { CensoredSample, ShareParts } from '../analyze/index.ts';
import type { ThresholdResult } from './verdict.ts';

/** What a run has to say on a threshold's subject. */
export interface Observation {
  readonly unit: ThresholdResult['unit'];
  readonly n: number;
  readonly value?: number;
  readonly atLeast: boolean;
  readonly interval?: NonNullable<ThresholdResult['interval']>;
  /** Where there is no value: what it is not below, as far as that is known. */
  readonly floor?: number;
  readonly neededN?: number;
  /** Of a percentile: what it was estimated from, for whoever wants another interval. */
  readonly quantile?: QuantileParts;
  /** Of a share of calls: what its interval was made of. */
  readonly share?: ShareParts;
  /** Why an open question is open. */
  readonly doubt: string;
  /** Set where the run has no such subject. */
  readonly missing?: string;
  /** Set where calls were made and not one of them was answered. */
  readonly unanswered?: string;
}

/** What a percentile was estimated from. */
export interface QuantileParts {
  readonly sample: CensoredSample;
  readonly percent: number;
  readonly designEffect: number;
}

/** Returns the observation of a subject that the run has not. */
export function missing(reason: string): Observation {
  return { unit: 'count', n: 0, atLeast: false, doubt: '', missing: reason };
}
