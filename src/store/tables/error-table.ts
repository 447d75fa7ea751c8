import { type ErrorSlice, OUTCOMES } from '../../core/index.ts';
import { column, dateTime, string, type Table, uint32, uint64 } from '../../native/index.ts';

export interface ErrorRowIn extends ErrorSlice {
  readonly runId: string;
  /** Start of the run, whole seconds since the epoch. */
  readonly startEpochSec: number;
}

export const ERROR_TABLE: Table<ErrorRowIn> = {
  name: 'callgauge_errors',
  columns: [
    column('RunId', string, (row) => row.runId),
    column('Second', uint32, (row) => row.second),
    column('Time', dateTime, (row) => row.startEpochSec + row.second),
    column('Phase', string, (row) => row.phase),
    column('Step', string, (row) => row.step),
    column('Outcome', string, (row) => row.outcome),
    column('Text', string, (row) => row.text),
    column('Count', uint64, (row) => row.count),
  ],
};

/** A row of sql/queries/errors.sql. */
export interface ErrorRow {
  readonly Phase: string;
  readonly Step: string;
  readonly Outcome: string;
  readonly Text: string;
  readonly Total: number;
}

/**
 * Returns how often a reason came over the whole phase (`second` is 0); undefined for an outcome
 * that this version does not know: a newer one wrote it.
 */
export function errorFromRow(row: ErrorRow): ErrorSlice | undefined {
  const outcome = OUTCOMES.find((name) => name === row.Outcome);
  if (outcome === undefined) return undefined;
  const { Phase: phase, Step: step, Text: text, Total: count } = row;
  return { second: 0, phase, step, outcome, text, count };
}
