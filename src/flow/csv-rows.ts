import type { CsvError } from 'csv-parse/sync';
import { HarnessError } from '../core/index.ts';
import { csvLibrary } from './vendor-libraries.ts';

/** Columns and rows as they were read. */
export interface RawTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * Returns the rows of a CSV text (RFC 4180), the first row naming the columns. Every value is a
 * text. Empty lines are passed over.
 * @throws SCENARIO_INVALID which names file and line.
 */
export function csvRows(text: string, file: string): RawTable {
  const [columns = [], ...rows] = records(text, file);
  const seen = new Set(['']);
  const twice = columns.find((column) => seen.has(column) || !seen.add(column));
  if (twice !== undefined || columns.length === 0) {
    const got = twice === undefined ? 'nothing' : `"${twice}"`;
    throw new HarnessError(
      'SCENARIO_INVALID',
      `the first row must name each column once, got ${got} (${file}:1)`,
      { hint: 'Begin the file with a row such as id,name.' },
    );
  }
  return { columns, rows };
}

function records(text: string, file: string): readonly (readonly string[])[] {
  const { parse, CsvError: Malformed } = csvLibrary();
  try {
    return parse(text, {
      bom: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
    });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const at = 'lines' in error && typeof error['lines'] === 'number' ? error['lines'] : 1;
    throw new HarnessError('SCENARIO_INVALID', `${problemOf(error)} (${file}:${at})`, {
      hint: 'Put a value with a comma, a quote or a line break in quotes, and write a quote in it twice.',
      cause: error,
    });
  }
}

function problemOf(error: CsvError): string {
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
    case 'CSV_RECORD_INCONSISTENT_COLUMNS':
      return 'the row must have as many values as the first one';
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is not closed';
    default:
      return `not valid CSV: ${error.message}`;
  }
}
