import type { Readable } from 'node:stream';
import { decodeJson } from '../otlp-json.ts';
import { Refusal } from '../refusal.ts';
import { shownValue, type SpanLine } from './span-line.ts';

const NEWLINE = 0x0a;
const MIB = 2 ** 20;
/** As much as a request to the receiver may hold. */
const LINE_BYTES_MAX = 64 * MIB;
const ITEMS_MAX = 2_000_000;
const NO_EXPORT = 'the line is no trace export';
/** Of a line that is none. */
const SHOWN_BYTES = 80;

/**
 * Yields the spans of each line: an `ExportTraceServiceRequest` in OTLP's JSON, as the Collector's
 * file exporter writes it. A file that is one such object over many lines is read as one. Empty
 * lines are passed over.
 */
export async function* otlpLines(bytes: Readable, head: Buffer): AsyncGenerator<SpanLine> {
  const isOne = isOneObject(head);
  let line = isOne ? 1 : 0;
  for await (const text of isOne ? wholeOf(bytes) : linesOf(bytes)) {
    if (!isOne) line++;
    if (text === TOO_LONG) {
      const wanted = `${LINE_BYTES_MAX / MIB} MiB at most is wanted`;
      yield { fault: 'the line is too long', problem: `the line is longer; ${wanted}`, line };
    } else if (!isBlank(text)) {
      yield spansOf(text, line);
    }
  }
}

function spansOf(text: Buffer, line: number): SpanLine {
  const [start = ''] = text.toString('latin1', 0, SHOWN_BYTES).trimStart();
  if (start !== '{') {
    const seen = shownValue(text.toString('utf8', 0, SHOWN_BYTES));
    return { fault: NO_EXPORT, problem: `the line must be a JSON object, got ${seen}`, line };
  }
  try {
    const { spans, rejectedSpans, rejection } = decodeJson(text, { maxItems: ITEMS_MAX });
    if (rejectedSpans === 0 && spans.length === 0 && !isExport(text)) {
      const seen = shownValue(text.toString('utf8', 0, SHOWN_BYTES));
      return { fault: NO_EXPORT, problem: `the line must have resourceSpans, got ${seen}`, line };
    }
    if (rejectedSpans === 0) return { spans };
    const fault = 'a span cannot be read';
    return { spans, fault, problem: rejection, line, spanCount: rejectedSpans };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { fault: NO_EXPORT, problem: error.message, line };
  }
}

/** Whether an object without a span is an export of none, and not one of logs, of Jaeger, ... */
function isExport(text: Buffer): boolean {
  const json = text.toString('latin1').trim();
  return GROUPS.test(json) || /^\{\s*\}$/u.test(json);
}

const GROUPS = /"(?:resourceSpans|resource_spans|ResourceSpans)"/u;

/** Whether a file is OTLP's JSON: by its first character, or where its first line is cut off. */
export function isOtlp(head: Buffer): boolean {
  const text = head.toString('latin1');
  return text.trimStart().startsWith('{') || NEXT_OBJECT.test(text);
}

/** How a line of its own begins. */
const NEXT_OBJECT = /\n\{\s*"(?:resourceSpans|resource_spans|ResourceSpans)"/u;

/** Whether the first line ends before its object does, and is not one that was cut off. */
function isOneObject(head: Buffer): boolean {
  const end = head.indexOf(NEWLINE);
  if (end === -1 || head.subarray(0, end).toString('latin1').trimEnd().endsWith('}')) return false;
  return !NEXT_OBJECT.test(head.toString('latin1'));
}

function isBlank(text: Buffer): boolean {
  return text.length < 80 && text.toString('latin1').trim() === '';
}

/** In place of a line that is longer than {@link LINE_BYTES_MAX}. */
const TOO_LONG = Symbol('too long');

async function* linesOf(bytes: Readable): AsyncGenerator<Buffer | typeof TOO_LONG> {
  let parts: Buffer[] = [];
  let length = 0;
  const whole = (): Buffer | typeof TOO_LONG =>
    length > LINE_BYTES_MAX ? TOO_LONG : Buffer.concat(parts);
  const keep = (part: Buffer): void => {
    length += part.length;
    if (length <= LINE_BYTES_MAX) parts.push(part);
    else parts = [];
  };
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, end));
      yield whole();
      [parts, length, from] = [[], 0, end + 1];
    }
    keep(chunk.subarray(from));
  }
  if (length > 0) yield whole();
}

async function* wholeOf(bytes: Readable): AsyncGenerator<Buffer | typeof TOO_LONG> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LINE_BYTES_MAX) {
      yield TOO_LONG;
      return;
    }
    parts.push(chunk);
  }
  yield Buffer.concat(parts);
}
