import { counted } from '../core/index.ts';
import { REFUSAL_REASONS, type RefusalReason } from './refusal.ts';

/** What a receiver has done since it started; every count only grows. */
export interface ReceiverCounters {
  /** Requests that were answered, whatever the answer. */
  readonly requests: number;
  /** Spans that were stored: `accept` resolved for them. */
  readonly spans: number;
  /** Spans that came once more, and are stored once. */
  readonly repeatedSpans: number;
  /** Spans of otherwise good requests that cannot be stored: invalid ids, times out of range. */
  readonly rejectedSpans: number;
  /** Values, of spans that were taken, that were not as they should be. */
  readonly remarks: number;
  /** Requests that were refused, by the reason; also those that may be sent again (503). */
  readonly refusals: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Connections closed at the limit of connections, or lost for want of descriptors. */
  readonly droppedConnections: number;
}

export type CounterState = {
  -readonly [Name in keyof ReceiverCounters]: ReceiverCounters[Name];
} & {
  refusals: Partial<Record<RefusalReason, number>>;
};

export function newCounters(): CounterState {
  return {
    requests: 0,
    spans: 0,
    repeatedSpans: 0,
    rejectedSpans: 0,
    remarks: 0,
    refusals: {},
    droppedConnections: 0,
  };
}

/**
 * Returns what a receiver took and what it did not, for people: `15 spans stored, 1 rejected, 3
 * requests refused (2 wrong path, 1 metrics)`; where traces are sampled behind it, `15 spans
 * taken`.
 */
export function receivedText(
  counters: ReceiverCounters,
  became: 'stored' | 'taken' = 'stored',
): string {
  const { spans, repeatedSpans, rejectedSpans, remarks, droppedConnections } = counters;
  const refused = refusalsOf(counters, (status) => status !== 503);
  const sentBack = refusalsOf(counters, (status) => status === 503);
  return [
    `${counted(spans, 'span')} ${became}`,
    ...(repeatedSpans === 0 ? [] : [`${repeatedSpans} sent once more, and ${became} once`]),
    ...(rejectedSpans === 0 ? [] : [`${rejectedSpans} rejected`]),
    ...(remarks === 0
      ? []
      : [`${counted(remarks, 'odd value')} taken as ${remarks === 1 ? 'it is' : 'they are'}`]),
    ...(refused.count === 0
      ? []
      : [`${counted(refused.count, 'request')} refused (${refused.text})`]),
    ...(sentBack.count === 0
      ? []
      : [`${counted(sentBack.count, 'request')} sent back to be tried again (${sentBack.text})`]),
    ...(droppedConnections === 0
      ? []
      : [`${counted(droppedConnections, 'connection')} closed at the limit`]),
  ].join(', ');
}

function refusalsOf(
  { refusals }: ReceiverCounters,
  isWanted: (status: number) => boolean,
): { readonly count: number; readonly text: string } {
  const reasons = (Object.keys(REFUSAL_REASONS) as RefusalReason[]).flatMap((reason) => {
    const count = refusals[reason] ?? 0;
    const { status, text } = REFUSAL_REASONS[reason];
    return count > 0 && isWanted(status) ? [{ count, text }] : [];
  });
  return {
    count: reasons.reduce((sum, { count }) => sum + count, 0),
    text: reasons.map(({ count, text }) => `${count} ${text}`).join(', '),
  };
}
