import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { errorText, HarnessError } from '../core/index.ts';
import type { ReplayFileSpec } from '../scenario/index.ts';
import { ArrivalListBuilder, type ArrivalList } from './arrival-list.ts';
import { readAccessLine, readFields, readJsonLine, readPlainLine } from './line-formats.ts';
import type { LineReading } from './recorded-arrival.ts';
import { LINE_CHARS_MAX, linesOf } from './text-lines.ts';

type Format = ReplayFileSpec['format'];

/** How a list is to be read; the file's own path is apart, since it may be relative. */
export interface ArrivalFileOptions extends Pick<
  ReplayFileSpec,
  'format' | 'timeField' | 'skipBadLines'
> {
  /** Whether what a line called is used, so that a line that does not say is a bad one. */
  readonly wantsRequest: boolean;
}

/** A list that was read, and how many of its lines were left out. */
export interface ArrivalFile extends ArrivalList {
  readonly skippedLines: number;
}

/**
 * Returns the arrivals that a file recorded, in the order of their times; the lines may be in any.
 * Empty lines are passed over.
 * @throws REPLAY_UNREADABLE for a file that cannot be read, has no arrival or too many, or, unless
 * `skipBadLines`, has a line without a time, or without a request where one is wanted: the message
 * names file and line.
 */
export async function readArrivalFile(
  path: string,
  options: ArrivalFileOptions,
): Promise<ArrivalFile> {
  const list = new ArrivalListBuilder(path);
  let skippedLines = 0;
  for await (const { reading: read, line } of readingsOf(path, options)) {
    const reading = options.wantsRequest ? withRequest(read) : read;
    if (!('fault' in reading)) {
      list.add(reading);
    } else if (options.skipBadLines) {
      skippedLines++;
    } else {
      throw unreadable(`the line ${reading.fault} (${path}:${line})`, SKIP_HINT);
    }
  }
  if (list.count === 0) {
    const skipped = skippedLines > 0 ? `, ${skippedLines} lines were skipped` : '';
    throw unreadable(`${path} holds no arrival${skipped}`, 'Name a list that has some.');
  }
  return { ...list.build(), skippedLines };
}

function withRequest(reading: LineReading): LineReading {
  if ('fault' in reading || reading.request !== undefined) return reading;
  return { fault: 'must say what it called, a path that begins with /' };
}

const SKIP_HINT = 'Mend the line, name the right format, or write skipBadLines: true.';

interface NumberedReading {
  readonly reading: LineReading;
  /** From 1. */
  readonly line: number;
}

async function* readingsOf(
  path: string,
  options: ArrivalFileOptions,
): AsyncGenerator<NumberedReading> {
  try {
    const format = options.format === 'auto' ? await formatOf(path) : options.format;
    if (options.timeField !== undefined && (format === 'access' || format === 'plain')) {
      throw unreadable(
        `${path} is read as ${format}, whose lines have no field ${options.timeField}`,
        'Leave timeField out, or write format: json or csv.',
      );
    }
    if (format === 'csv') yield* csvReadings(path, options);
    else yield* lineReadings(path, format, options.timeField);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw unreadable(`cannot read ${path}: ${errorText(error)}`, 'Check the path and the file.');
  }
}

async function* lineReadings(
  path: string,
  format: Format,
  timeField: string | undefined,
): AsyncGenerator<NumberedReading> {
  let line = 0;
  for await (const text of linesOf(path)) {
    line++;
    if (text.trim() === '') continue;
    yield { line, reading: readLine(format, text, timeField) };
  }
}

function readLine(format: Format, text: string, timeField: string | undefined): LineReading {
  if (format === 'access') return readAccessLine(text);
  return format === 'json' ? readJsonLine(text, timeField) : readPlainLine(text);
}

async function* csvReadings(
  path: string,
  { timeField, skipBadLines }: ArrivalFileOptions,
): AsyncGenerator<NumberedReading> {
  const records = pipeline(
    createReadStream(path),
    parse({
      columns: true,
      info: true,
      bom: true,
      relax_column_count: true,
      relax_quotes: skipBadLines,
      skip_empty_lines: true,
      max_record_size: LINE_CHARS_MAX,
    }),
    // What goes wrong is heard of where the records are read.
    () => undefined,
  );
  for await (const record of records) {
    const { info, record: fields } = record as CsvRecord;
    yield { line: info.lines, reading: readFields(fields, timeField) };
  }
}

interface CsvRecord {
  readonly info: { readonly lines: number };
  readonly record: Readonly<Record<string, string>>;
}

/** Returns the format that the first line which is not empty is of. */
async function formatOf(path: string): Promise<Format> {
  for await (const line of linesOf(path)) {
    if (line.trim() === '') continue;
    if (line.startsWith('{')) return 'json';
    if (!('fault' in readAccessLine(line))) return 'access';
    if (!('fault' in readPlainLine(line))) return 'plain';
    if (line.includes(',')) return 'csv';
    throw unreadable(
      `the format of ${path} cannot be told from its first line`,
      'Write format: access, json, csv or plain.',
    );
  }
  return 'plain';
}

function unreadable(message: string, hint: string): HarnessError {
  return new HarnessError('REPLAY_UNREADABLE', message, { hint });
}
