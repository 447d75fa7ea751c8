/** What a receiver has done since it started; every count only grows. */
export interface ReceiverCounters {
  /** Requests that were answered, whatever the answer. */
  readonly requests: number;
  /** Spans that were acknowledged: `accept` resolved for them. */
  readonly spans: number;
  /** Spans of otherwise good requests that no store could hold: invalid ids, times out of range. */
  readonly rejectedSpans: number;
  /** Requests refused for good: not understood, or not for this receiver (4xx but 413). */
  readonly refused: number;
  /** Requests past a size limit (413). */
  readonly tooLarge: number;
  /** Requests sent back to be tried again: store full or away, or too much under way (503). */
  readonly unavailable: number;
  /** Connections turned away at the limit of connections. */
  readonly droppedConnections: number;
}

export type CounterState = { -readonly [Name in keyof ReceiverCounters]: number };

export function newCounters(): CounterState {
  return {
    requests: 0,
    spans: 0,
    rejectedSpans: 0,
    refused: 0,
    tooLarge: 0,
    unavailable: 0,
    droppedConnections: 0,
  };
}
