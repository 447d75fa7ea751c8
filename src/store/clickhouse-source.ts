import type {
  ArrivalSecond,
  EdgeAttempts,
  MergedSeries,
  RunSource,
  SpanSource,
  TimeRange,
} from '../analyze/sources.ts';
import type {
  CounterSlice,
  ErrorSlice,
  FaultWindow,
  HistogramSlice,
  RunRecord,
  Span,
} from '../core/index.ts';
import type { StoreConnection } from './connection.ts';
import {
  counterFromRow,
  faultWindowFromRow,
  histogramFromMerged,
  seriesFromRow,
  type CounterRow,
  type FaultWindowRow,
  type MergedRow,
  type SeriesRow,
} from './tables/measurement-tables.ts';
import { errorFromRow, type ErrorRow } from './tables/error-table.ts';
import { runFromRow, type RunRow } from './tables/run-table.ts';
import { spanFromRow, type SpanRow } from './tables/span-table.ts';

/** A row of sql/queries/edges.sql. */
interface EdgeRow {
  readonly Caller: string;
  readonly Callee: string;
  readonly Operation: string;
  readonly Succeeded: MergedRow;
  readonly GivenUp: MergedRow;
  readonly FailedCount: number;
}

/** A row of sql/queries/arrivals.sql. */
interface ArrivalRow {
  readonly Second: number;
  readonly Phase: string;
  readonly Arrivals: number;
  readonly Dropped: number;
}

/** Reads runs and spans back from ClickHouse, whoever wrote them and while they are written. */
export class ClickHouseSource implements RunSource, SpanSource {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  async run(runId: string): Promise<RunRecord | undefined> {
    const wanted = runId === 'latest' ? '' : runId;
    if (wanted === '' && runId === '') return undefined;
    const [row] = await this.#connection.rows<RunRow>('runs', { runId: wanted, limit: 1 });
    return row && runFromRow(row);
  }

  async runs(limit: number): Promise<readonly RunRecord[]> {
    const rows = await this.#connection.rows<RunRow>('runs', { runId: '', limit });
    return rows.map(runFromRow);
  }

  async series(runId: string): Promise<readonly MergedSeries[]> {
    const rows = await this.#connection.rows<SeriesRow>('series', { runId });
    return rows.map(seriesFromRow);
  }

  async seconds(runId: string): Promise<readonly HistogramSlice[]> {
    type SecondRow = SeriesRow & { readonly Second: number };
    const rows = await this.#connection.rows<SecondRow>('seconds', { runId });
    return rows.map((row) => ({ second: row.Second, ...seriesFromRow(row) }));
  }

  async counters(runId: string): Promise<readonly CounterSlice[]> {
    const rows = await this.#connection.rows<CounterRow>('counters', { runId });
    return rows.map(counterFromRow).filter((slice) => slice !== undefined);
  }

  async arrivals(runId: string): Promise<readonly ArrivalSecond[]> {
    const rows = await this.#connection.rows<ArrivalRow>('arrivals', { runId });
    return rows.map((row) => ({
      second: row.Second,
      phase: row.Phase,
      arrivals: row.Arrivals,
      dropped: row.Dropped,
    }));
  }

  async errors(runId: string): Promise<readonly ErrorSlice[]> {
    const rows = await this.#connection.rows<ErrorRow>('errors', { runId });
    return rows.map(errorFromRow).filter((slice) => slice !== undefined);
  }

  async faultWindows(runId: string): Promise<readonly FaultWindow[]> {
    const rows = await this.#connection.rows<FaultWindowRow>('fault_windows', { runId });
    return rows.map(faultWindowFromRow);
  }

  async trace(traceId: string): Promise<readonly Span[]> {
    const rows = await this.#connection.rows<SpanRow>('trace', { traceId });
    return rows.map(spanFromRow);
  }

  async edges(runId: string, ranges: readonly TimeRange[]): Promise<readonly EdgeAttempts[]> {
    const rows = await this.#connection.rows<EdgeRow>('edges', { runId, ...bounds(ranges) });
    return rows.map((row) => ({
      caller: row.Caller,
      callee: row.Callee,
      operation: row.Operation,
      ok: histogramFromMerged(row.Succeeded),
      cutOff: histogramFromMerged(row.GivenUp),
      failed: row.FailedCount,
    }));
  }

  async slowestCalls(
    runId: string,
    phases: readonly string[],
    limit: number,
  ): Promise<readonly Span[]> {
    const parameters = { runId, phases, limit };
    const rows = await this.#connection.rows<SpanRow>('slowest_calls', parameters);
    return rows.map(spanFromRow);
  }

  async spanCounts(runId: string): Promise<{ readonly harness: number; readonly all: number }> {
    type CountRow = { readonly Harness: number; readonly AllSpans: number };
    const [row] = await this.#connection.rows<CountRow>('span_counts', { runId });
    return { harness: row?.Harness ?? 0, all: row?.AllSpans ?? 0 };
  }
}

function bounds(ranges: readonly TimeRange[]): {
  readonly fromNs: readonly number[];
  readonly toNs: readonly number[];
} {
  return {
    fromNs: ranges.map((range) => range.fromNs),
    toNs: ranges.map((range) => range.toNs),
  };
}
