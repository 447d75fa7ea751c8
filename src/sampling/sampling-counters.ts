import { counted, formatCount, formatRatio, type Ratio } from '../core/index.ts';

/** Why a trace is kept whatever its share. */
export type KeptFor = 'run' | 'failed' | 'faulted' | 'slow';

/** What became of traces since a sampler started; every count only grows. */
export interface SamplingCounters {
  /** Traces that were decided. */
  readonly traces: number;
  /** Those of them that were kept whole, by the first reason of run, failed, faulted, slow. */
  readonly kept: Readonly<Record<KeptFor, number>>;
  /** Those that were decided before their time, for want of room. */
  readonly early: number;
  /** Spans whose fate is known: given to the store, and let go. */
  readonly keptSpans: number;
  readonly droppedSpans: number;
}

export type SamplingState = {
  -readonly [Name in keyof SamplingCounters]: SamplingCounters[Name];
} & { kept: Record<KeptFor, number> };

export function newSamplingState(): SamplingState {
  return {
    traces: 0,
    kept: { run: 0, failed: 0, faulted: 0, slow: 0 },
    early: 0,
    keptSpans: 0,
    droppedSpans: 0,
  };
}

const KEPT_TEXTS: Readonly<Record<KeptFor, string>> = {
  run: 'of runs',
  failed: 'failed',
  faulted: 'touched by a fault',
  slow: 'slow',
};

/**
 * Returns what a sampler did, for people: `1,240 of 20,000 spans stored, of 2,000 traces; all spans
 * of 24 (20 failed, 4 slow), 5% of the others`.
 */
export function sampledText(counters: SamplingCounters, ratio: Ratio): string {
  const { traces, kept, early, keptSpans, droppedSpans } = counters;
  const reasons = (Object.keys(KEPT_TEXTS) as KeptFor[]).filter((reason) => kept[reason] > 0);
  const whole = reasons.reduce((sum, reason) => sum + kept[reason], 0);
  const texts = reasons.map((reason) => `${formatCount(kept[reason])} ${KEPT_TEXTS[reason]}`);
  const share = `${formatRatio(ratio)} of the ${whole === 0 ? 'traces' : 'others'}`;
  const all = formatCount(keptSpans + droppedSpans);
  return [
    `${formatCount(keptSpans)} of ${all} spans stored, of ${counted(traces, 'trace')}: `,
    ...(whole === 0 ? [] : [`all of ${formatCount(whole)} (${texts.join(', ')}), `]),
    share,
    ...(early === 0 ? [] : [`; ${counted(early, 'trace')} decided early for want of room`]),
  ].join('');
}
