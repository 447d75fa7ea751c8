import { type Ns, OK, OUTCOMES, type OutcomeCode } from '../core/index.ts';
import type { FinishedCall } from './finished-call.ts';
import type { KeptCall, KeptReason } from './kept-call.ts';

/**
 * Calls that were not kept, held until it is known whether their traces are: a row of numbers each.
 * Plain data that crosses threads.
 *
 *     seq │ spanSeq │ phase │ step │ intended │ seen │ sent │ first byte │ end │ outcome │ ...
 */
export interface HeldCalls {
  /** What the rows number phases and steps by. */
  readonly phases: readonly string[];
  readonly steps: readonly HeldStep[];
  /** The rows one after another; behind the last there is nothing. */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly count: number;
  /** By row, why a call failed; without those that did not. */
  readonly errors: ReadonlyMap<number, string>;
}

export interface HeldStep {
  readonly name: string;
  readonly target: string;
}

/** Numbers in a row. */
export const HELD_COLUMNS = 17;
const SEQ = 0;
const SPAN_SEQ = 1;
const PHASE = 2;
const STEP = 3;
const INTENDED = 4;
const SEEN = 5;
const SENT = 6;
const FIRST_BYTE = 7;
const END = 8;
const OUTCOME = 9;
const STATUS = 10;
const BYTES_IN = 11;
const BYTES_OUT = 12;
const LOCAL_PORT = 13;
const ATTEMPT = 14;
const CALL_OUTCOME = 15;
const ENDPOINT = 16;

/** Writes a call into a row. */
export function writeHeldCall(numbers: Float64Array, row: number, call: FinishedCall): void {
  const from = row * HELD_COLUMNS;
  numbers[from + SEQ] = call.seq;
  numbers[from + SPAN_SEQ] = call.spanSeq;
  numbers[from + PHASE] = call.phaseIndex;
  numbers[from + STEP] = call.stepIndex;
  numbers[from + INTENDED] = call.intendedNs;
  numbers[from + SEEN] = call.seenNs;
  numbers[from + SENT] = call.sentNs;
  numbers[from + FIRST_BYTE] = call.firstByteNs;
  numbers[from + END] = call.endNs;
  numbers[from + OUTCOME] = call.outcome;
  numbers[from + STATUS] = call.status;
  numbers[from + BYTES_IN] = call.bytesIn;
  numbers[from + BYTES_OUT] = call.bytesOut;
  numbers[from + LOCAL_PORT] = call.localPort;
  numbers[from + ATTEMPT] = call.attempt;
  numbers[from + CALL_OUTCOME] = call.callOutcome;
  numbers[from + ENDPOINT] = call.endpoint;
}

/** Returns the number of the arrival whose call a row is. */
export function heldSeq({ numbers }: Pick<HeldCalls, 'numbers'>, row: number): number {
  return numbers[row * HELD_COLUMNS + SEQ] ?? -1;
}

/** Makes a row that of no arrival. */
export function forgetHeldCall(numbers: Float64Array, row: number): void {
  numbers[row * HELD_COLUMNS + SEQ] = -1;
}

/** Returns the call of a row, as one that is kept for a reason. */
export function heldCall(
  { phases, steps, numbers, errors }: Omit<HeldCalls, 'count'>,
  row: number,
  kept: KeptReason = 'trace',
): KeptCall {
  const number = (column: number): number => numbers[row * HELD_COLUMNS + column] ?? 0;
  const step = steps[number(STEP)];
  return {
    seq: number(SEQ),
    spanSeq: number(SPAN_SEQ),
    phase: phases[number(PHASE)] ?? '',
    step: step?.name ?? '',
    target: step?.target ?? '',
    intendedNs: number(INTENDED),
    seenNs: number(SEEN),
    sentNs: number(SENT) < 0 ? number(END) : number(SENT),
    firstByteNs: number(FIRST_BYTE),
    endNs: number(END),
    outcome: OUTCOMES[codeOf(number(OUTCOME))],
    status: number(STATUS),
    bytesIn: number(BYTES_IN),
    bytesOut: number(BYTES_OUT),
    localPort: number(LOCAL_PORT),
    error: errors.get(row) ?? '',
    kept,
    ...attemptOf({
      attempt: number(ATTEMPT),
      callOutcome: codeOf(number(CALL_OUTCOME)),
      endpoint: number(ENDPOINT),
    }),
  };
}

/** Returns what is said of a call with several attempts, or to one of several endpoints. */
function attemptOf({
  attempt,
  callOutcome,
  endpoint,
}: Pick<FinishedCall, 'attempt' | 'callOutcome' | 'endpoint'>): Pick<
  KeptCall,
  'attempt' | 'callOutcome' | 'endpoint'
> {
  return {
    ...(attempt > 0 && { attempt, callOutcome: OUTCOMES[callOutcome] }),
    ...(endpoint > 0 && { endpoint }),
  };
}

function codeOf(number: number): OutcomeCode {
  return number in OUTCOMES ? (number as OutcomeCode) : OK;
}

/** Returns the calls with their times later by so much. */
export function heldLater(held: HeldCalls, byNs: Ns): HeldCalls {
  const numbers = held.numbers.slice();
  for (let row = 0; row < held.count; row++) {
    for (const column of [INTENDED, SEEN, SENT, FIRST_BYTE, END]) {
      const at = row * HELD_COLUMNS + column;
      const atNs = numbers[at] ?? 0;
      // Below 0, nothing was sent or came.
      if (atNs >= 0) numbers[at] = atNs + byNs;
    }
  }
  return { ...held, numbers };
}

/** By the number that a phase or a step has in some rows, the one that it has in others. */
export interface HeldNumbers {
  readonly phases: readonly number[];
  readonly steps: readonly number[];
}

/** Copies a row to where phases and steps have other numbers. */
export function copyHeldCall(
  from: HeldCalls,
  row: number,
  to: Pick<HeldCalls, 'numbers'> & { readonly errors: Map<number, string> },
  toRow: number,
  { phases, steps }: HeldNumbers,
): void {
  const [source, target] = [row * HELD_COLUMNS, toRow * HELD_COLUMNS];
  for (let i = 0; i < HELD_COLUMNS; i++) to.numbers[target + i] = from.numbers[source + i] ?? 0;
  to.numbers[target + PHASE] = phases[from.numbers[source + PHASE] ?? 0] ?? 0;
  to.numbers[target + STEP] = steps[from.numbers[source + STEP] ?? 0] ?? 0;
  const error = from.errors.get(row);
  if (error === undefined) to.errors.delete(toRow);
  else to.errors.set(toRow, error);
}
