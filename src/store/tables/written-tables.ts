import { CONNECT_ERROR_TABLE } from './connect-error-table.ts';
import { ERROR_TABLE } from './error-table.ts';
import { COUNTER_TABLE, FAULT_WINDOW_TABLE, HISTOGRAM_TABLE } from './measurement-tables.ts';
import { RUN_TABLE } from './run-table.ts';
import { SPAN_TABLE } from '../../native/index.ts';

/** The names of all tables that rows are inserted into; nothing else is ever taken from a file. */
export const WRITTEN_TABLES: ReadonlySet<string> = new Set(
  [
    RUN_TABLE,
    SPAN_TABLE,
    HISTOGRAM_TABLE,
    COUNTER_TABLE,
    ERROR_TABLE,
    CONNECT_ERROR_TABLE,
    FAULT_WINDOW_TABLE,
  ].map(({ name }) => name),
);
