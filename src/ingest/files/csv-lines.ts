import { pipeline, type Readable } from 'node:stream';
import { parse, type CsvError, type Options } from 'csv-parse';
import { HarnessError, type DurationUnit } from '../../core/index.ts';
import { knownColumns, missingColumns, spanColumns } from './csv-columns.ts';
import { csvSpanReader } from './csv-span.ts';
import { shownValue, type BadLine, type SpanLine } from './span-line.ts';

const RECORD_CHARS_MAX = 4 * 2 ** 20;
/** The parser quotes all that stands before each of them: many make a long line take hours. */
const LINE_ERRORS_MAX = 200;
const REASON_MAX = 160;
const HEAD_HINT = 'The first line names the columns; docs/reference/import.md lists the names.';
const DELIMITERS = [',', ';', '\t', '|'];

export interface CsvOptions {
  /** For messages. */
  readonly path: string;
  readonly durationUnit?: DurationUnit | undefined;
}

/** Hears of the columns that are not read, once. */
export type OnUnread = (columns: readonly string[]) => void;

/**
 * Yields a span for each row of a table in CSV (RFC 4180), the first row naming the columns, or why
 * it is none.
 * @throws SPANS_UNREADABLE where a column is missing that a span must have, for a row of more than
 * {@link RECORD_CHARS_MAX}, and for more than {@link LINE_ERRORS_MAX} quotes out of place in a line
 */
export async function* csvLines(
  bytes: Readable,
  head: Buffer,
  { path, durationUnit }: CsvOptions,
  onUnread: OnUnread,
): AsyncGenerator<SpanLine> {
  let read: ReturnType<typeof csvSpanReader> | undefined;
  let skipped: BadLine[] = [];
  let badLine = { line: 0, errors: 0 };
  const readRow = (
    row: readonly string[],
    { lines }: { readonly lines: number },
  ): SpanLine | null => {
    if (read === undefined) {
      const columns = spanColumns(
        row.map((name) => name.trim()),
        durationUnit,
      );
      refuseMissing(columns, path);
      if (columns.unread.length > 0) onUnread(columns.unread);
      read = csvSpanReader(columns);
      return null;
    }
    const span = read(row, lines);
    return 'fault' in span ? span : { spans: [span] };
  };
  const options: Options = {
    bom: true,
    delimiter: delimiterOf(head),
    max_record_size: RECORD_CHARS_MAX,
    // It is declared to return a row; what it returns is what the stream yields.
    on_record: readRow as NonNullable<Options['on_record']>,
    on_skip: (error: CsvError | undefined) => {
      // Past such a row the parser drops what follows it, and counts none of that.
      if (error?.code === 'CSV_MAX_RECORD_SIZE') throw tooLong(malformed(error).line, path);
      const bad = malformed(error);
      // A line may have many of them; it is left out once, for the first.
      if (bad.line !== badLine.line) skipped.push(bad);
      badLine = { line: bad.line, errors: bad.line === badLine.line ? badLine.errors + 1 : 1 };
      if (badLine.errors > LINE_ERRORS_MAX) throw noCsv(bad.line, path);
      return undefined;
    },
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
  };
  // What goes wrong is heard of where the records are read.
  const rows = pipeline(bytes, parse(options), () => undefined);
  for await (const row of rows as AsyncIterable<SpanLine>) {
    if (skipped.length > 0) yield* skipped.splice(0);
    yield row;
  }
  const [first] = skipped;
  if (read === undefined && first !== undefined) throw headless(first, path);
  yield* skipped;
  skipped = [];
}

function noCsv(line: number, path: string): HarnessError {
  const message = `the line has more than ${LINE_ERRORS_MAX} quotes out of place (${path}:${line})`;
  return new HarnessError('SPANS_UNREADABLE', message, {
    hint: 'Check that the file is CSV: a quote within a quoted field is written twice.',
  });
}

function tooLong(line: number, path: string): HarnessError {
  const message = `the row has more than ${RECORD_CHARS_MAX} characters, the most that are read (${path}:${line})`;
  return new HarnessError('SPANS_UNREADABLE', message, {
    hint: 'Shorten or remove it. Where no value is so long, a quote before that line is not closed.',
  });
}

/** Of a file of which no row could be read. */
function headless({ problem, line }: BadLine, path: string): HarnessError {
  const message = `no head line names the columns: ${problem} (${path}:${line})`;
  return new HarnessError('SPANS_UNREADABLE', message, { hint: HEAD_HINT });
}

function malformed(error: CsvError | undefined): BadLine {
  const lines: unknown = error?.['lines'];
  return {
    fault: 'not valid CSV',
    problem: `the row is not valid CSV: ${shownReason(error?.message ?? 'no reason given')}`,
    line: typeof lines === 'number' ? lines : 0,
  };
}

/** The parser's own reason holds the whole of a field. */
function shownReason(message: string): string {
  return message.length > REASON_MAX
    ? `${message.slice(0, REASON_MAX).toWellFormed()}...`
    : message;
}

function refuseMissing(columns: ReturnType<typeof spanColumns>, path: string): void {
  const missing = missingColumns(columns);
  if (missing.length === 0) return;
  const seen = shownValue(columns.names.join(','));
  throw new HarnessError(
    'SPANS_UNREADABLE',
    `the head line names no ${missing.join(', no ')}; got ${seen} (${path}:1)`,
    { hint: HEAD_HINT },
  );
}

/** The one by which the head line names the most columns that are known. */
function delimiterOf(head: Buffer): string {
  const [line = ''] = head.toString('utf8').trimStart().split(/\r?\n/u, 1);
  const known = (delimiter: string): number =>
    knownColumns(line.split(delimiter).map((name) => name.trim().replaceAll('"', '')));
  return DELIMITERS.toSorted((a, b) => known(b) - known(a))[0] ?? ',';
}
