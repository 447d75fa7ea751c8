import type { RunningProcess } from '../child-process.ts';
import type { ClickHouseServer } from '../servers/clickhouse.ts';

/** What takes spans over OTLP/HTTP into a database of ClickHouse, in one process. */
export interface ReceiverUnderTest {
  readonly name: string;
  /** Returns why it cannot be measured here; undefined where it can. */
  missing(): string | undefined;
  /** Starts it, with the tables made; resolves when it listens. */
  start(place: ReceiverPlace): Promise<RunningReceiver>;
}

export interface ReceiverPlace {
  readonly server: ClickHouseServer;
  /** Made by the receiver where it does not exist. */
  readonly database: string;
  /** An empty folder of its own. */
  readonly scratch: string;
}

export interface RunningReceiver {
  /** Where traces are taken, with the path. */
  readonly url: string;
  readonly pid: number;
  /** Ends it as a user would, and resolves when it is gone. */
  stop(): Promise<void>;
}

/** Longer than any bench but one that is told how long to send. */
export const BOUND_SEC = 3_600;

/** A Node process, or a store, on a machine that is busy with something else too. */
export const START_WITHIN_SEC = 30;

/** The table of spans and its lookup table have these names with all. */
export const SPAN_TABLE_NAME = 'otel_traces';
export const LOOKUP_TABLE_NAME = 'otel_traces_trace_id_ts';

/** Returns the process as a receiver at a port. */
export function runningReceiver(process: RunningProcess, port: number): RunningReceiver {
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    pid: process.pid,
    stop: () => process.stop(),
  };
}
