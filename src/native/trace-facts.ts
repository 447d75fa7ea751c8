import { columnsOf, type Maps, type TextCursor, type Words } from './block-columns.ts';
import { mixed } from './mixed.ts';
import type { SpanBlock } from './span-table.ts';

/** The span has the status Error. */
export const FAILED = 1;
/** A fault of callgauge touched the call: it has the attribute `callgauge.fault`. */
export const FAULTED = 2;
/** The span names no parent. */
export const ROOT = 4;

/** What tells of the spans of a block whether their traces are worth keeping; an entry a row. */
export interface TraceFacts {
  readonly rows: number;
  /** 64 bits of a hash of the trace id, and 32 of its first half alone, which is a run's id. */
  readonly traceHigh: Uint32Array;
  readonly traceLow: Uint32Array;
  readonly runHash: Uint32Array;
  /** 64 bits of a hash of service and name. */
  readonly operationHigh: Uint32Array;
  readonly operationLow: Uint32Array;
  /** {@link FAILED}, {@link FAULTED}, {@link ROOT}, added. */
  readonly flags: Uint8Array;
  /** In ns; 0 where it ends before it begins. */
  readonly durationNs: Float64Array;
}

/** The attribute of a touched call, as its name lies in a column. */
const FAULT_KEY = Buffer.from('\x0fcallgauge.fault');
const RUN_DIGITS = 16;

/** Returns the facts of a block; no span is made of its rows. */
export function traceFactsOf(block: SpanBlock): TraceFacts {
  const { bytes, rows } = block;
  const columns = columnsOf(block);
  const text = (name: string): TextCursor => columns.get(name) as TextCursor;
  const facts = {
    rows,
    traceHigh: new Uint32Array(rows),
    traceLow: new Uint32Array(rows),
    runHash: new Uint32Array(rows),
    operationHigh: new Uint32Array(rows),
    operationLow: new Uint32Array(rows),
    flags: new Uint8Array(rows),
    durationNs: new Float64Array(rows),
  };
  const [traces, parents, codes] = [text('TraceId'), text('ParentSpanId'), text('StatusCode')];
  const [services, names] = [text('ServiceName'), text('SpanName')];
  const durations = columns.get('Duration') as Words;
  const hash = { high: 0, low: 0 };
  for (let row = 0; row < rows; row++) {
    const trace = traces.at;
    traces.skip(1);
    facts.runHash[row] = hashText(bytes, trace, trace + 1 + RUN_DIGITS, 0);
    hashTrace(bytes, trace, traces.at, hash);
    facts.traceHigh[row] = hash.high;
    facts.traceLow[row] = hash.low;
    hashOperation(services.next(), names.next(), hash);
    facts.operationHigh[row] = hash.high;
    facts.operationLow[row] = hash.low;
    const isRoot = bytes[parents.at] === 0;
    parents.skip(1);
    facts.flags[row] = (codes.next() === 'Error' ? FAILED : 0) | (isRoot ? ROOT : 0);
    facts.durationNs[row] = Math.max(0, durations.nextSigned());
  }
  markFaulted(bytes, columns.get('SpanAttributes') as Maps, facts.flags);
  return facts;
}

/** Returns how {@link TraceFacts.runHash} is of the traces of a run. */
export function runHashOf(runId: string): number {
  const bytes = Buffer.from(`\x20${runId}`);
  return hashText(bytes, 0, bytes.length, 0);
}

/** The trace of a row, as {@link forEachTrace} tells it. */
export interface RowTrace {
  high: number;
  low: number;
  /** The first 48 of the last 56 bits of its id, which are random by W3C Trace Context level 2. */
  random: number;
  state: string;
}

/** Calls back for each row of a block; the object is the same each time. */
export function forEachTrace(
  block: SpanBlock,
  take: (row: number, trace: Readonly<RowTrace>) => void,
): void {
  const { bytes, rows } = block;
  const columns = columnsOf(block);
  const traces = columns.get('TraceId') as TextCursor;
  const states = columns.get('TraceState') as TextCursor;
  const trace: RowTrace = { high: 0, low: 0, random: 0, state: '' };
  for (let row = 0; row < rows; row++) {
    const start = traces.at;
    traces.skip(1);
    hashTrace(bytes, start, traces.at, trace);
    trace.random = hexNumber(bytes, traces.at - RANDOM_DIGITS, traces.at - RANDOM_DIGITS + 12);
    trace.state = states.next();
    take(row, trace);
  }
}

const RANDOM_DIGITS = 14;

/** Lower-case digits, as the ids in a block have. */
function hexNumber(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at] ?? 0;
    value = value * 16 + (digit < 0x3a ? digit - 0x30 : digit - 0x57);
  }
  return value;
}

function hashTrace(
  bytes: Buffer,
  start: number,
  end: number,
  into: { high: number; low: number },
): void {
  let [high, low] = [end - start, 0];
  for (let at = start + 1; at + 4 <= end; at += 4) {
    const word = bytes.readInt32LE(at);
    high = mixed(high, word);
    low = mixed(low, word ^ high);
  }
  into.high = high >>> 0;
  into.low = low >>> 0;
}

/** Of a text that begins with its length, which counts too. */
function hashText(bytes: Buffer, start: number, end: number, seed: number): number {
  let hash = seed;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = mixed(hash, bytes.readInt32LE(at));
  let rest = 0;
  for (; at < end; at++) rest = (rest << 8) | (bytes[at] ?? 0);
  return mixed(hash, rest) >>> 0;
}

function hashOperation(service: string, name: string, into: { high: number; low: number }): void {
  let [high, low] = [service.length, name.length];
  for (let i = 0; i < service.length; i++) low = mixed(low, service.charCodeAt(i));
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    high = mixed(high, code ^ low);
    low = mixed(low, code);
  }
  into.high = mixed(high, low) >>> 0;
  into.low = low >>> 0;
}

/** Few blocks have the key at all, and it is looked for in all their rows at once. */
function markFaulted(bytes: Buffer, attributes: Maps, flags: Uint8Array): void {
  const found = bytes.subarray(attributes.start, attributes.end).includes(FAULT_KEY);
  if (!found) return;
  for (let row = 0; row < flags.length; row++) {
    const fault = attributes.next()['callgauge.fault'] ?? '';
    if (fault !== '') flags[row] = (flags[row] ?? 0) | FAULTED;
  }
}
