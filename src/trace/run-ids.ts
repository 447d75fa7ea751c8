import { invariant, type Ms } from '../core/index.ts';
import { Bijection64 } from './bijection64.ts';
import { writeDecimal64 } from './decimal64.ts';
import { hex32, writeHex32 } from './hex.ts';

/** Digits of a run id; they are the first half of every trace id of the run. */
export const RUN_ID_LENGTH = 16;
export const TRACE_ID_LENGTH = 32;

/** The numbers of a load's arrivals and calls are below; those of setup and teardown are not. */
const LOAD_NUMBERS = 2 ** 32;

const RUN_ID = /^[0-9a-f]{16}$/u;

/**
 * Returns a new run id: 16 lower-case hex digits, first the start in whole seconds since the epoch,
 * then 32 random bits. Ids sort by time, and a trace id that begins with one is a valid X-Ray id.
 */
export function newRunId(epochMs: Ms, randomUint32: number): string {
  return hex32(Math.floor(epochMs / 1_000)) + hex32(randomUint32);
}

/** Returns whether a text has the form of a run id. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/**
 * Mints the ids of one run out of the numbers of its calls (whole, 0 to 2^53 - 1):
 *
 *   trace id = run id (16 digits) + mix(seq) (16 digits)       span id = mix'(spanSeq) (16 digits)
 *
 * The mixes are one to one, so no two arrivals of a run share a trace id and no two calls a span
 * id; neither id, nor the lower half of a trace id, is ever all-zero. The same run id and number
 * give the same id in every thread: what was sent can be named again after the call.
 */
export class RunIds {
  readonly runId: string;
  readonly #firstSeq: number;
  readonly #traces: Bijection64;
  readonly #spans: Bijection64;

  /**
   * `firstSeq` is added to the number of every arrival and call: what a run makes beside its load,
   * the setup and the teardown, each has a range of numbers of its own. All stay below 2^53.
   */
  constructor(runId: string, firstSeq = 0) {
    invariant(isRunId(runId), `a run id is 16 lower-case hex digits, got '${runId}'`);
    this.runId = runId;
    this.#firstSeq = firstSeq;
    this.#traces = new Bijection64(`${runId} trace`);
    this.#spans = new Bijection64(`${runId} span`);
  }

  traceId(seq: number): string {
    this.#traces.map(seq + this.#firstSeq);
    return this.runId + hex32(this.#traces.high) + hex32(this.#traces.low);
  }

  spanId(spanSeq: number): string {
    this.#spans.map(spanSeq + this.#firstSeq);
    return hex32(this.#spans.high) + hex32(this.#spans.low);
  }

  /** Writes the 16 digits of {@link traceId} behind the run id at `offset`; allocates nothing. */
  writeTraceIdTail(seq: number, out: Uint8Array, offset: number): void {
    this.#traces.map(seq + this.#firstSeq);
    writeHex32(this.#traces.high, out, offset);
    writeHex32(this.#traces.low, out, offset + 8);
  }

  /** Writes the 16 digits of {@link spanId} at `offset`; allocates nothing. */
  writeSpanId(spanSeq: number, out: Uint8Array, offset: number): void {
    this.#spans.map(spanSeq + this.#firstSeq);
    writeHex32(this.#spans.high, out, offset);
    writeHex32(this.#spans.low, out, offset + 8);
  }

  /**
   * Writes what {@link writeTraceIdTail} writes as a decimal number that ends before `end`, and
   * returns where it begins, at most 20 bytes before; allocates nothing.
   */
  writeTraceIdTailDecimal(seq: number, out: Uint8Array, end: number): number {
    this.#traces.map(seq + this.#firstSeq);
    return writeDecimal64(this.#traces.high, this.#traces.low, out, end);
  }

  /** The same of {@link spanId}. */
  writeSpanIdDecimal(spanSeq: number, out: Uint8Array, end: number): number {
    this.#spans.map(spanSeq + this.#firstSeq);
    return writeDecimal64(this.#spans.high, this.#spans.low, out, end);
  }

  /** Returns the arrival's number for a trace id, undefined where this run did not mint it. */
  seqOfTraceId(traceId: string): number | undefined {
    if (traceId.length !== TRACE_ID_LENGTH || !traceId.startsWith(this.runId)) return undefined;
    if (!isRunId(traceId.slice(RUN_ID_LENGTH))) return undefined;
    const high = Number.parseInt(traceId.slice(16, 24), 16);
    return this.#traces.inverse(high, Number.parseInt(traceId.slice(24), 16));
  }

  /** The same, of an arrival of the load; for a trace of a setup or teardown it is undefined. */
  loadSeqOf(traceId: string): number | undefined {
    const seq = this.seqOfTraceId(traceId);
    return seq !== undefined && seq < LOAD_NUMBERS ? seq : undefined;
  }

  /**
   * Returns the number of a call for its span id, undefined where this run did not mint it. Numbers
   * below 2^32 are told from other ids but for one in 2^32; of a setup or teardown it gives none.
   */
  spanSeqOf(spanId: string): number | undefined {
    if (!isRunId(spanId)) return undefined;
    const high = Number.parseInt(spanId.slice(0, 8), 16);
    const spanSeq = this.#spans.inverse(high, Number.parseInt(spanId.slice(8), 16));
    return spanSeq !== undefined && spanSeq < LOAD_NUMBERS ? spanSeq : undefined;
  }
}
