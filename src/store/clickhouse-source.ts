import type { ArrivalSecond, MergedSeries, RunSource } from '../analyze/index.ts';
import { epochNowMs, hashText } from '../core/index.ts';
import type {
  CallClock,
  ConnectErrorSlice,
  CounterSlice,
  ErrorSlice,
  FaultWindow,
  HistogramSlice,
  RunRecord,
  Span,
  TimeRange,
} from '../core/index.ts';
import type {
  EdgeAttempts,
  FailedAttempts,
  FailedTrace,
  FailureExample,
  ServedCalls,
  SpanCounts,
  SpanSource,
  TraceSummary,
} from '../spans/index.ts';
import { attemptsOfRun, edgesIn, failuresIn } from './attempt-queries.ts';
import type { QueryParameters, StoreConnection } from './connection.ts';
import { withFate } from './run-fate.ts';
import { OWN_LAYOUT, queryFor, type SpanLayout } from './span-layout.ts';
import { queryText, type QueryName } from './sql-files.ts';
import {
  counterFromRow,
  faultWindowFromRow,
  secondFromRow,
  seriesFromRow,
  type CounterRow,
  type FaultWindowRow,
  type SecondRow,
  type SeriesRow,
} from './tables/measurement-tables.ts';
import { connectErrorFromRow, type ConnectErrorRow } from './tables/connect-error-table.ts';
import { errorFromRow, type ErrorRow } from './tables/error-table.ts';
import { runFromRow, type RunRow } from './tables/run-table.ts';
import { parseRow, spanFromRow, type SpanRow } from './tables/span-row.ts';

/** A row of sql/queries/arrivals.sql. */
/** A row of sql/queries/counter_seconds.sql. */
interface CounterSecondRow extends CounterRow {
  readonly Second: number;
}

interface ArrivalRow {
  readonly Second: number;
  readonly Phase: string;
  readonly Arrivals: number;
  readonly Dropped: number;
}

/** A row of sql/queries/failure_examples.sql. */
interface ExampleRow {
  readonly Step: string;
  readonly Outcome: string;
  readonly Reason: string;
  readonly FirstTrace: string;
  readonly LastTrace: string;
}

/** A row of sql/queries/traces_beginning.sql. */
interface SummaryRow {
  readonly TraceId: string;
  readonly StartNs: string;
  readonly Service: string;
  readonly Name: string;
  /** Texts where the server quotes whole numbers. */
  readonly SpanCount: number | string;
  readonly FailedCount: number | string;
}

/** Reads runs and spans back from ClickHouse, whoever wrote them and while they are written. */
export class ClickHouseSource implements RunSource, SpanSource {
  readonly #connection: StoreConnection;
  readonly #layout: SpanLayout;

  constructor(connection: StoreConnection, layout: SpanLayout = OWN_LAYOUT) {
    this.#connection = connection;
    this.#layout = layout;
  }

  /** A team's own table of spans has none of ours beside it. */
  get #hasRuns(): boolean {
    return this.#layout.from === OWN_LAYOUT.from;
  }

  async run(runId: string): Promise<RunRecord | undefined> {
    const wanted = runId === 'latest' ? '' : runId;
    if ((wanted === '' && runId === '') || !this.#hasRuns) return undefined;
    const [run] = await this.#runs({ runId: wanted, scenario: '', limit: 1 });
    return run !== undefined && (wanted === '' || run.runId === wanted) ? run : undefined;
  }

  async runs(limit: number, scenario = ''): Promise<readonly RunRecord[]> {
    return this.#hasRuns ? this.#runs({ runId: '', scenario, limit }) : [];
  }

  /** Returns the ids of the runs that began within two days. */
  async recentRunIds(): Promise<readonly string[]> {
    const rows = await this.#connection.rows<{ readonly RunId: string }>('recent_runs', {});
    return rows.map(({ RunId }) => RunId);
  }

  async runsBeginning(prefix: string, limit: number): Promise<readonly RunRecord[]> {
    return this.#hasRuns ? this.#runs({ runId: prefix, scenario: '', limit }) : [];
  }

  async #runs(wanted: {
    readonly runId: string;
    readonly scenario: string;
    readonly limit: number;
  }): Promise<readonly RunRecord[]> {
    const rows = await this.#connection.rows<RunRow>('runs', wanted);
    const nowEpochMs = epochNowMs();
    return rows.map((row) => withFate(runFromRow(row), nowEpochMs));
  }

  async series(runId: string): Promise<readonly MergedSeries[]> {
    const rows = await this.#connection.rows<SeriesRow>('series', { runId });
    return rows.map(seriesFromRow);
  }

  async seconds(runId: string, clocks: readonly CallClock[]): Promise<readonly HistogramSlice[]> {
    const rows = await this.#connection.rows<SecondRow>('seconds', { runId, clocks });
    return rows.map(secondFromRow);
  }

  async counters(runId: string): Promise<readonly CounterSlice[]> {
    const rows = await this.#connection.rows<CounterRow>('counters', { runId });
    return rows.map(counterFromRow).filter((slice) => slice !== undefined);
  }

  async counterSeconds(
    runId: string,
    counters: readonly CounterSlice['counter'][],
  ): Promise<readonly CounterSlice[]> {
    const params = { runId, counters };
    const rows = await this.#connection.rows<CounterSecondRow>('counter_seconds', params);
    return rows.flatMap((row) => {
      const slice = counterFromRow(row);
      return slice === undefined ? [] : [{ ...slice, second: row.Second }];
    });
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

  async connectErrors(runId: string): Promise<readonly ConnectErrorSlice[]> {
    const rows = await this.#connection.rows<ConnectErrorRow>('connect_errors', { runId });
    return rows.map(connectErrorFromRow);
  }

  async faultWindows(runId: string): Promise<readonly FaultWindow[]> {
    const rows = await this.#connection.rows<FaultWindowRow>('fault_windows', { runId });
    return rows.map(faultWindowFromRow);
  }

  async trace(traceId: string): Promise<readonly Span[]> {
    return this.#spans('trace', { traceId });
  }

  edges(runId: string, ranges: readonly TimeRange[]): Promise<readonly EdgeAttempts[]> {
    return edgesIn(this.#connection, this.#layout, attemptsOfRun(runId, ranges));
  }

  failedAttempts(runId: string, ranges: readonly TimeRange[]): Promise<readonly FailedAttempts[]> {
    return failuresIn(this.#connection, this.#layout, attemptsOfRun(runId, ranges));
  }

  async slowestCalls(
    runId: string,
    phases: readonly string[],
    limit: number,
  ): Promise<readonly Span[]> {
    const parameters = { runId, phases, limit };
    return this.#spans('slowest_calls', parameters);
  }

  async failureExamples(
    runId: string,
    phases: readonly string[],
  ): Promise<readonly FailureExample[]> {
    const parameters = { runId, phases };
    const rows = await this.#spanRows<ExampleRow>('failure_examples', parameters);
    return rows.map((row) => ({
      step: row.Step,
      outcome: row.Outcome,
      text: row.Reason,
      traceIds: [...new Set([row.FirstTrace, row.LastTrace])],
    }));
  }

  async lastFailedTrace(
    runId: string,
    phases: readonly string[],
  ): Promise<FailedTrace | undefined> {
    type TraceRow = { readonly TraceId: string; readonly ServiceName: string };
    const parameters = { runId, phases };
    const [row] = await this.#spanRows<TraceRow>('last_failed_trace', parameters);
    return row && { traceId: row.TraceId, serviceName: row.ServiceName };
  }

  async tracesBeginning(prefix: string, limit: number): Promise<readonly TraceSummary[]> {
    const parameters = { prefix, limit };
    const rows = await this.#spanRows<SummaryRow>('traces_beginning', parameters);
    return rows.map((row) => ({
      traceId: row.TraceId,
      startEpochNs: BigInt(row.StartNs),
      serviceName: row.Service,
      name: row.Name,
      spanCount: Number(row.SpanCount),
      failedCount: Number(row.FailedCount),
    }));
  }

  async spanCounts(runId: string): Promise<SpanCounts> {
    type CountRow = {
      readonly Harness: number;
      readonly AllSpans: number;
      readonly Invalid: number;
      readonly Outside: number;
    };
    const [row] = await this.#spanRows<CountRow>('span_counts', { runId });
    return {
      harness: row?.Harness ?? 0,
      all: row?.AllSpans ?? 0,
      invalid: row?.Invalid ?? 0,
      ...(row !== undefined && row.Outside > 0 && { outside: row.Outside }),
    };
  }

  async servedCalls(runId: string): Promise<ServedCalls> {
    type CallRow = { readonly Calls: number };
    type KeptRow = {
      readonly Step: string;
      readonly Second: number;
      readonly Calls: number;
      readonly Seen: number;
    };
    const [[all], kept] = await Promise.all([
      this.#spanRows<CallRow>('served_calls', { runId, spanKey: spanKeyOf(runId) }),
      this.#spanRows<KeptRow>('served_kept', { runId }),
    ]);
    return {
      calls: all?.Calls ?? 0,
      kept: kept.map((row) => ({
        step: row.Step,
        second: row.Second,
        calls: row.Calls,
        seen: row.Seen,
      })),
    };
  }

  /** Returns the rows of a query on spans, however they lie there. */
  #spanRows<Row>(query: QueryName, parameters: QueryParameters): Promise<readonly Row[]> {
    return this.#connection.select<Row>(queryFor(this.#layout, queryText(query)), parameters);
  }

  /** Returns the spans that a query selects, the numbers of their JSON attributes exact. */
  async #spans(query: QueryName, parameters: QueryParameters): Promise<readonly Span[]> {
    const sql = queryFor(this.#layout, queryText(query));
    const parse = (json: string): SpanRow => parseRow(json) as SpanRow;
    return (await this.#connection.select(sql, parameters, parse)).map(spanFromRow);
  }
}

/** The key by which a run's span ids are told from others: the odd one of src/trace's ids. */
function spanKeyOf(runId: string): number {
  return (hashText(`${runId} span, odd`) | 1) >>> 0;
}
