import { invariant } from '../core/index.ts';
import type { RunIds } from './run-ids.ts';
import { type PropagationFormat, traceFormat } from './propagation-formats.ts';
import {
  type CallIdPart,
  SPAN_ID,
  SPAN_ID_DECIMAL,
  TRACE_ID_TAIL,
  TRACE_ID_TAIL_DECIMAL,
  type TraceHeader,
} from './trace-format.ts';

const BLANK = ' '.charCodeAt(0);

/** A header of a run's calls: what is the same in all of them, and where the ids of each go. */
export interface TraceField {
  /** In lower case. */
  readonly name: string;
  /** In ASCII; blank where the ids go. */
  readonly value: string;
  /** Offsets in `value`. */
  readonly places: readonly IdPlace[];
}

/** Where a part of the ids is written. */
export interface IdPlace {
  readonly part: CallIdPart;
  readonly offset: number;
}

/** The numbers that the ids of a call are made of. */
export interface CallNumbers {
  readonly seq: number;
  readonly spanSeq: number;
}

/** Returns the headers in which the calls of a run carry their ids; empty for no format. */
export function traceFields(
  formats: readonly PropagationFormat[],
  { runId }: Pick<RunIds, 'runId'>,
): readonly TraceField[] {
  return formats.flatMap((name) =>
    traceFormat(name).headers.map((header) => fieldOf(header, runId)),
  );
}

function fieldOf({ name, value }: TraceHeader, runId: string): TraceField {
  const places: IdPlace[] = [];
  let text = '';
  for (const part of value) {
    if (typeof part === 'string') text += part;
    else if (part.of === 'run') text += runId.slice(part.from, part.to);
    else {
      places.push({ part, offset: text.length });
      text += ' '.repeat(part.bytes);
    }
  }
  return { name, value: text, places };
}

/**
 * Writes the ids of a call into a message, the places counted from `from`. A number of fewer digits
 * than its place has blanks before it: HTTP/1.1 does not count them to the value.
 * Allocates nothing.
 */
export function writeIds(
  places: readonly IdPlace[],
  ids: RunIds,
  call: CallNumbers,
  out: Uint8Array,
  from = 0,
): void {
  for (let i = 0; i < places.length; i++) {
    const { part, offset } = places[i] as IdPlace;
    const at = from + offset;
    if (part === TRACE_ID_TAIL) ids.writeTraceIdTail(call.seq, out, at);
    else if (part === SPAN_ID) ids.writeSpanId(call.spanSeq, out, at);
    else out.fill(BLANK, at, writeDecimalId(part, ids, call, out, at + part.bytes));
  }
}

/** Writes a decimal number that ends before `end`; returns where it begins. */
export function writeDecimalId(
  part: CallIdPart,
  ids: RunIds,
  call: CallNumbers,
  out: Uint8Array,
  end: number,
): number {
  if (part === TRACE_ID_TAIL_DECIMAL) return ids.writeTraceIdTailDecimal(call.seq, out, end);
  invariant(part === SPAN_ID_DECIMAL, 'a part of variable length is a decimal number');
  return ids.writeSpanIdDecimal(call.spanSeq, out, end);
}
