import { type ConnectErrorSlice, connectReasonOf } from '../../core/index.ts';
import { column, dateTime, string, type Table, uint32, uint64 } from '../../native/index.ts';

export interface ConnectErrorRowIn extends ConnectErrorSlice {
  readonly runId: string;
  /** Start of the run, whole seconds since the epoch. */
  readonly startEpochSec: number;
}

export const CONNECT_ERROR_TABLE: Table<ConnectErrorRowIn> = {
  name: 'callgauge_connect_errors',
  columns: [
    column('RunId', string, (row) => row.runId),
    column('Second', uint32, (row) => row.second),
    column('Time', dateTime, (row) => row.startEpochSec + row.second),
    column('Phase', string, (row) => row.phase),
    column('Target', string, (row) => row.target),
    column('Reason', string, (row) => connectReasonOf(row.text)),
    column('Text', string, (row) => row.text),
    column('Count', uint64, (row) => row.count),
  ],
};

/** A row of sql/queries/connect_errors.sql. */
export interface ConnectErrorRow {
  readonly Phase: string;
  readonly Target: string;
  readonly Text: string;
  readonly Total: number;
}

/** Returns how often a text came over the whole phase (`second` is 0). */
export function connectErrorFromRow(row: ConnectErrorRow): ConnectErrorSlice {
  const { Phase: phase, Target: target, Text: text, Total: count } = row;
  return { second: 0, phase, target, text, count };
}
