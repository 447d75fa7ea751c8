import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { errorText, HarnessError } from '../core/index.ts';
import type { ReplayFileSpec } from '../scenario/index.ts';
import { ArrivalListBuilder, type ArrivalList } from './arrival-list.ts';
import { readJsonLine } from './json-line.ts';
import { jsonObjects } from './json-objects.ts';
import type { LineOptions } from './line-options.ts';
import { formOf, KNOWN_FORMATS, type ListForm } from './list-form.ts';
import { ListRemarks } from './list-remarks.ts';
import { readFields } from './read-fields.ts';
import type { LineReading } from './recorded-arrival.ts';
import { shown } from './recorded-request.ts';
import { readPlainLine, readTextLine } from './text-line.ts';
import { chunksOf, LINE_CHARS_MAX, linesOf, unpacked } from './text-lines.ts';
import { W3cLines } from './w3c-lines.ts';
import { wholeLines, type NumberedLine } from './whole-lines.ts';

/** How a list is to be read; the file's own path is apart, since it may be relative. */
export interface ArrivalFileOptions
  extends LineOptions, Pick<ReplayFileSpec, 'format' | 'skipBadLines' | 'timeOf'> {
  /** Whether what a line called is used, so that a line that does not say is a bad one. */
  readonly wantsRequest: boolean;
}

/** A list that was read. */
export interface ArrivalFile extends ArrivalList {
  /** How many of its lines were left out. */
  readonly skippedLines: number;
  /**
   * What a reader should know of how it was read, each a sentence: lines left out by their reason,
   * durations taken off, times that are those of ends.
   */
  readonly remarks: readonly string[];
}

/**
 * Returns the arrivals that a file recorded, in the order of their times; the lines may be in any.
 * Empty lines are passed over. Where a time is that of an answer's end, and the line says how long
 * the request took, that is taken off.
 * @throws REPLAY_UNREADABLE for a file that cannot be read, has no arrival or too many, or, unless
 * `skipBadLines`, has a line without a time, or without a request where one is wanted: the message
 * names file and line.
 */
export async function readArrivalFile(
  path: string,
  options: ArrivalFileOptions,
): Promise<ArrivalFile> {
  const list = new ArrivalListBuilder(path);
  const remarks = new ListRemarks(options);
  for await (const { reading: read, line, text } of readingsOf(path, options)) {
    const reading = options.wantsRequest ? withRequest(read) : read;
    if (!('problem' in reading)) {
      list.add(reading, remarks.take(reading));
    } else if (options.skipBadLines) {
      remarks.skip(reading.reason);
    } else {
      const seen = /, got |; got /u.test(reading.problem) ? '' : `, got "${shown(utf8(text))}"`;
      throw unreadable(`the line ${reading.problem}${seen} (${path}:${line})`, hintFor(reading));
    }
  }
  const { skippedLines } = remarks;
  if (list.count === 0) {
    const skipped = skippedLines > 0 ? `: ${remarks.skippedText()}` : '';
    throw unreadable(`${path} holds no arrival${skipped}`, 'Name a list that has some.');
  }
  return { ...list.build(), skippedLines, remarks: remarks.texts() };
}

function withRequest(reading: LineReading): LineReading {
  return 'problem' in reading || !('problem' in reading.request) ? reading : reading.request;
}

function hintFor({ reason }: { readonly reason: string }): string {
  const known = reason.startsWith('not of') ? ` Known are ${KNOWN_FORMATS}.` : '';
  return `Mend the line, or write skipBadLines: true, which counts such lines and goes on.${known}`;
}

interface NumberedReading {
  readonly reading: LineReading;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

async function* readingsOf(
  path: string,
  options: ArrivalFileOptions,
): AsyncGenerator<NumberedReading> {
  try {
    const form = await formOf(path, options);
    refuseFields(path, form, options);
    if (form.kind === 'csv') yield* csvReadings(path, form.delimiter, options);
    else yield* lineReadings(path, form, options);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    const hint = 'Check the path and the file.';
    throw unreadable(`cannot read ${path}: ${errorText(error)}`, hint, error);
  }
}

/** Plain times have no fields. */
function refuseFields(path: string, { kind }: ListForm, options: ArrivalFileOptions): void {
  const { timeField, methodField, pathField, durationField } = options;
  const field = timeField ?? methodField ?? pathField ?? durationField;
  if (kind !== 'plain' || field === undefined) return;
  throw unreadable(
    `${path} is read as plain, whose lines have no field ${field}`,
    'Leave the field out, or write format: json or csv.',
  );
}

async function* lineReadings(
  path: string,
  { kind }: ListForm,
  options: ArrivalFileOptions,
): AsyncGenerator<NumberedReading> {
  const w3c = new W3cLines();
  const read = (text: string): LineReading | undefined => {
    if (kind === 'plain') return readPlainLine(text);
    if (kind === 'w3c') return w3c.read(text, options);
    if (kind === 'objects' || options.format === 'json') {
      return readJsonLine(text, options, (inner) => readTextLine(inner, options));
    }
    return readTextLine(text, options);
  };
  const lines = kind === 'objects' ? jsonObjects(chunksOf(path)) : wholeLines(numberedLines(path));
  for await (const { text, line } of lines) {
    const reading = read(text);
    if (reading !== undefined) yield { reading, line, text };
  }
}

async function* numberedLines(path: string): AsyncGenerator<NumberedLine> {
  let line = 0;
  for await (const text of linesOf(path)) {
    line++;
    if (text.trim() !== '') yield { text, line };
  }
}

async function* csvReadings(
  path: string,
  delimiter: string,
  options: ArrivalFileOptions,
): AsyncGenerator<NumberedReading> {
  const records = pipeline(
    await unpacked(path),
    parse({
      columns: (names: readonly string[]) => names.map((name) => name.trim()),
      delimiter,
      info: true,
      bom: true,
      relax_column_count: true,
      relax_quotes: options.skipBadLines,
      skip_empty_lines: true,
      max_record_size: LINE_CHARS_MAX,
    }),
    // What goes wrong is heard of where the records are read.
    () => undefined,
  );
  for await (const record of records) {
    const { info, record: fields } = record as CsvRecord;
    yield { line: info.lines, reading: readFields(fields, options), text: '' };
  }
}

interface CsvRecord {
  readonly info: { readonly lines: number };
  readonly record: Readonly<Record<string, string>>;
}

function utf8(text: string): string {
  return Buffer.from(text.slice(0, 1_024), 'latin1').toString('utf8');
}

function unreadable(message: string, hint: string, cause?: unknown): HarnessError {
  return new HarnessError('REPLAY_UNREADABLE', message, { hint, cause });
}
