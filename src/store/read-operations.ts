import { epochNowMs, epochNsFromMs, spanKindOf } from '../core/index.ts';
import type { OperationReader, OperationSearch, OperationTimes } from '../spans/index.ts';
import type { QueryParameters, StoreConnection } from './connection.ts';
import { queryFor, type SpanLayout } from './span-layout.ts';
import { queryText, type QueryName } from './sql-files.ts';

/** A row of sql/queries/operations.sql. */
interface OperationRow {
  readonly Service: string;
  readonly Operation: string;
  readonly Kind: string;
  readonly Spans: string;
  /** Of operations.sql: how many stand for several. */
  readonly Sampled?: string;
  /** Of weighted_operations.sql, where `Spans` is how many they stand for. */
  readonly Stored?: string;
  readonly Failed: string;
  readonly Timed: string;
  /** Of {@link PERCENTILES}; numbers, or texts where the server quotes whole ones. */
  readonly PercentilesNs: readonly (number | string)[];
}

/** The last is the longest. */
const PERCENTILES = [0.5, 0.95, 0.99, 1] as const;

/** Returns what reads how the operations of a store went. */
export function storedOperations(connection: StoreConnection, layout: SpanLayout): OperationReader {
  return {
    operationsOf: async (search) => {
      const { conditions, parameters } = conditionsOf(search);
      const rowsOf = (name: QueryName): Promise<readonly OperationRow[]> => {
        const sql = queryText(name).replace('WHERE {conditions}', () =>
          // A column that no condition names is not read.
          conditions.length === 0 ? '' : `WHERE ${conditions.join('\n    AND ')}`,
        );
        return connection.select<OperationRow>(queryFor(layout, sql), parameters);
      };
      const rows = await rowsOf('operations');
      // Weighted percentiles take several times as long, and most tables have no weights.
      const isSampled = rows.some(({ Sampled = '0' }) => Sampled !== '0');
      return (isSampled ? await rowsOf('weighted_operations') : rows).map(operationOf);
    },
  };
}

function conditionsOf({ sinceNs, ...search }: OperationSearch): {
  readonly conditions: readonly string[];
  readonly parameters: QueryParameters;
} {
  const fromNs = sinceNs === undefined ? search.fromEpochNs : epochNsFromMs(epochNowMs()) - sinceNs;
  const { toEpochNs, serviceName, runId } = search;
  const wanted = [
    ['Timestamp >= fromUnixTimestamp64Nano({fromNs:Int64})', 'fromNs', fromNs?.toString()],
    ['Timestamp < fromUnixTimestamp64Nano({toNs:Int64})', 'toNs', toEpochNs?.toString()],
    ['ServiceName = {service:String}', 'service', serviceName],
    ['otel_traces.RunId = {runId:String}', 'runId', runId],
  ] as const;
  const given = wanted.filter(([, , value]) => value !== undefined);
  return {
    conditions: given.map(([condition]) => condition),
    parameters: Object.fromEntries(given.map(([, name, value]) => [name, value])),
  };
}

function operationOf(row: OperationRow): OperationTimes {
  const n = Number(row.Timed);
  const [p50Ns, p95Ns, p99Ns] = PERCENTILES.slice(0, 3).map((p, i) =>
    // As of the service graph: of fewer, none lies beyond it.
    n * (1 - p) < 1 - 1e-9 ? undefined : Number(row.PercentilesNs[i]),
  );
  return {
    serviceName: row.Service,
    name: row.Operation,
    kind: spanKindOf(row.Kind) ?? 'Unspecified',
    spanCount: Number(row.Spans),
    storedCount: Number(row.Stored ?? row.Spans),
    failedCount: Number(row.Failed),
    ...{ p50Ns, p95Ns, p99Ns },
    maxNs: n === 0 ? undefined : Number(row.PercentilesNs[3]),
  };
}
