import { GRPC_STATUSES, OTHER_ERRORS, sampledRatioOf, type TimeRange } from '../core/index.ts';
import type {
  AttemptReader,
  AttemptsInTime,
  EdgeAttempts,
  FailedAttempts,
  SpanSelection,
} from '../spans/index.ts';
import type { QueryParameters, StoreConnection } from './connection.ts';
import { queryFor, type SpanLayout } from './span-layout.ts';
import { queryText, type QueryName } from './sql-files.ts';
import { histogramFromMerged, type MergedRow } from './tables/measurement-tables.ts';

/** A row of sql/queries/edges.sql: one second of an edge; those of an edge follow each other. */
interface EdgeRow {
  readonly Caller: string;
  readonly Callee: string;
  readonly Operation: string;
  readonly Second: number;
  readonly Succeeded: MergedRow;
  readonly GivenUp: MergedRow;
  readonly FailedCount: number;
}

/** A row of sql/queries/failed_attempts.sql. */
interface FailedRow {
  readonly Caller: string;
  readonly Callee: string;
  readonly Operation: string;
  readonly Text: string;
  readonly FailedCount: number;
  readonly FirstTrace: string;
  readonly LastTrace: string;
}

/** Which spans attempts are taken from: what stands in the queries in braces. */
export interface AttemptSelection {
  /** Of attempts. */
  readonly selected: string;
  /** Of what called them, or answered. */
  readonly around: string;
  readonly begin: string;
  readonly parameters: QueryParameters;
}

/** Reasons of an edge that are counted apart. */
const EDGE_REASONS_MAX = 20;

/** Those of a run that begin in some of its ranges. */
export function attemptsOfRun(runId: string, ranges: readonly TimeRange[]): AttemptSelection {
  // The day before the run is for hosts whose clocks are behind; older partitions are not read.
  const selected = 'otel_traces.RunId = {runId:String} AND Timestamp >= Begin - INTERVAL 1 DAY';
  return {
    selected,
    around: selected,
    begin: '(SELECT max(StartedAt) FROM callgauge_runs FINAL WHERE RunId = {runId:String})',
    parameters: {
      runId,
      fromNs: ranges.map((range) => range.fromNs),
      toNs: ranges.map((range) => range.toNs),
    },
  };
}

/** Returns the attempts between services, by edge and second. */
export async function edgesIn(
  connection: StoreConnection,
  layout: SpanLayout,
  selection: AttemptSelection,
  query: 'edges' | 'served_edges' = 'edges',
): Promise<readonly EdgeAttempts[]> {
  const rows = await rowsOf<EdgeRow>(connection, layout, selection, query);
  const edges = Map.groupBy(rows, (r) => JSON.stringify([r.Caller, r.Callee, r.Operation]));
  return [...edges.values()].flatMap((ofEdge) => {
    const [first] = ofEdge;
    if (first === undefined) return [];
    return {
      caller: first.Caller,
      callee: first.Callee,
      operation: first.Operation,
      seconds: ofEdge.map((row) => ({
        second: row.Second,
        ok: histogramFromMerged(row.Succeeded),
        cutOff: histogramFromMerged(row.GivenUp),
      })),
      failed: ofEdge.reduce((sum, row) => sum + row.FailedCount, 0),
    };
  });
}

/** Returns why attempts failed, by edge and reason, the most frequent first. */
export async function failuresIn(
  connection: StoreConnection,
  layout: SpanLayout,
  { parameters, ...selection }: AttemptSelection,
  query: 'failed_attempts' | 'served_failed_attempts' = 'failed_attempts',
): Promise<readonly FailedAttempts[]> {
  const limits = { reasonsMax: EDGE_REASONS_MAX, other: OTHER_ERRORS };
  const all = { ...parameters, ...limits, grpcStatuses: GRPC_STATUSES };
  const rows = await rowsOf<FailedRow>(
    connection,
    layout,
    { ...selection, parameters: all },
    query,
  );
  return rows.map((row) => ({
    caller: row.Caller,
    callee: row.Callee,
    operation: row.Operation,
    text: row.Text,
    count: row.FailedCount,
    traceIds: [...new Set([row.FirstTrace, row.LastTrace])],
  }));
}

/** Returns what reads the attempts of a time, whoever stored the spans. */
export function storedAttempts(connection: StoreConnection, layout: SpanLayout): AttemptReader {
  return {
    attemptsIn: async (selection, attemptsMax): Promise<AttemptsInTime> => {
      const countIn = async (of: AttemptSelection): Promise<Counted> => {
        const [row] = await rowsOf<CountRow>(connection, layout, of, 'attempt_counts');
        return { attempts: Number(row?.Attempts ?? 0), threshold: row?.Threshold ?? '' };
      };
      const seen = await countIn(attemptsOfTime(selection, 1, ''));
      const { threshold } = seen;
      // Traces that were kept for what they are would make all look slow and failing: of those, the
      // share that the others are of.
      const { attempts } =
        threshold === '' ? seen : await countIn(attemptsOfTime(selection, 1, threshold));
      const ratio = Math.min(1, attemptsMax / Math.max(1, attempts));
      const own = attemptsOfTime(selection, ratio, threshold);
      // One after another: each may take all of the server's memory that one query may.
      const called = await edgesIn(connection, layout, own);
      const served = await edgesIn(connection, layout, own, 'served_edges');
      const failures = await failuresIn(connection, layout, own);
      const servedFailures = await failuresIn(connection, layout, own, 'served_failed_attempts');
      return {
        edges: called,
        served: served.map(fromOutside),
        failures: [...failures, ...servedFailures.map(fromOutside)],
        attempts,
        ratio: ratio * sampledRatioOf(`ot=th:${threshold}`),
      };
    },
  };
}

interface CountRow {
  readonly Attempts: string;
  readonly Threshold: string;
}

interface Counted {
  readonly attempts: number;
  /** Below it traces were left out when they were stored; '' where none was. */
  readonly threshold: string;
}

/** Who has no spans is outside. */
function fromOutside<T extends { readonly caller: string }>(one: T): T {
  return one.caller === '' ? { ...one, caller: OUTSIDE } : one;
}

/** So long before and after a time what belongs to its calls is looked for. */
const AROUND_SEC = 600;
const OUTSIDE = '(outside)';

/**
 * Of all traces, or of an even share of them; of those alone whose random bits reach a threshold.
 */
function attemptsOfTime(
  { fromEpochNs, toEpochNs }: Pick<SpanSelection, 'fromEpochNs' | 'toEpochNs'>,
  ratio: number,
  threshold: string,
): AttemptSelection {
  const hashes = BigInt(Math.floor(ratio * 2 ** 32)) * 2n ** 32n;
  const sample = [
    ...(ratio === 1 ? [] : [' AND cityHash64(TraceId) < {hashesBelow:UInt64}']),
    ...(threshold === '' ? [] : [' AND {Random} >= {threshold:String}']),
  ].join('');
  const during = (beforeSec: number): string => {
    const around = beforeSec === 0 ? '' : `INTERVAL ${beforeSec} SECOND`;
    const [from, to] = around === '' ? ['', ''] : [` - ${around}`, ` + ${around}`];
    return `Timestamp >= fromUnixTimestamp64Nano({beginNs:Int64})${from} AND Timestamp < fromUnixTimestamp64Nano({endNs:Int64})${to}${sample}`;
  };
  return {
    selected: during(0),
    around: during(AROUND_SEC),
    begin: 'fromUnixTimestamp64Nano({beginNs:Int64})',
    parameters: {
      beginNs: String(fromEpochNs),
      endNs: String(toEpochNs),
      ...(ratio < 1 && { hashesBelow: String(hashes) }),
      ...(threshold !== '' && { threshold }),
      fromNs: [0],
      toNs: [Number(toEpochNs - fromEpochNs)],
    },
  };
}

function rowsOf<Row>(
  connection: StoreConnection,
  layout: SpanLayout,
  selection: AttemptSelection,
  query: QueryName,
): Promise<readonly Row[]> {
  return connection.select<Row>(attemptQuery(layout, selection, query), selection.parameters);
}

/** Returns the text of a query on attempts. */
export function attemptQuery(
  layout: SpanLayout,
  { selected, around, begin }: AttemptSelection,
  query: QueryName,
): string {
  const text = queryText(query)
    // Comments name them too.
    .replaceAll(/^ *--.*\n/gmu, '')
    .replaceAll('{Selected}', selected)
    .replaceAll('{Around}', around)
    .replace('{Begin}', begin);
  return queryFor(layout, text);
}
