import { RUN_ID_LENGTH } from './run-ids.ts';
import type { TraceIds } from './trace-id.ts';

/**
 * A format in which the trace context travels: the headers that are sent, and how the ids are
 * read from those that came.
 *
 * A value is made of parts. Texts and the digits of the run id are the same in all calls of a run;
 * the ids of each call are written over the bytes that are kept for them:
 *
 *     00-691fab800000beef................-................-01
 *        RUN_ID          TRACE_ID_TAIL    SPAN_ID
 */
export interface TraceFormat {
  readonly headers: readonly TraceHeader[];
  /**
   * Returns the ids that the headers of a request carry; undefined where they carry no valid trace
   * id. `header` gives the value of a lower-case name.
   */
  readIds(header: HeaderLookup): TraceIds | undefined;
}

export type HeaderLookup = (lowerName: string) => string | undefined;

/** A header that every call sends. */
export interface TraceHeader {
  /** In lower case, as HTTP/2 wants it. */
  readonly name: string;
  readonly value: readonly (string | RunIdPart | CallIdPart)[];
}

/** Digits of the run id, which begins every trace id of the run. */
export interface RunIdPart {
  readonly of: 'run';
  readonly from: number;
  readonly to: number;
}

export const RUN_ID: RunIdPart = { of: 'run', from: 0, to: RUN_ID_LENGTH };
/** The start of the run in seconds since the epoch. */
export const RUN_SECONDS: RunIdPart = { of: 'run', from: 0, to: 8 };
export const RUN_RANDOM: RunIdPart = { of: 'run', from: 8, to: RUN_ID_LENGTH };

/** What each call writes of its ids, and the bytes that are kept for it. */
export interface CallIdPart {
  readonly of: 'call';
  readonly bytes: number;
  /** Whether it may need fewer bytes than are kept for it; it is then the whole value. */
  readonly isVariable: boolean;
}

/** The 16 hex digits behind the run id. */
export const TRACE_ID_TAIL: CallIdPart = { of: 'call', bytes: 16, isVariable: false };
/** 16 hex digits. */
export const SPAN_ID: CallIdPart = { of: 'call', bytes: 16, isVariable: false };
/** The same 64 bits as decimal numbers, of 1 to 20 digits. */
export const TRACE_ID_TAIL_DECIMAL: CallIdPart = { of: 'call', bytes: 20, isVariable: true };
export const SPAN_ID_DECIMAL: CallIdPart = { of: 'call', bytes: 20, isVariable: true };
