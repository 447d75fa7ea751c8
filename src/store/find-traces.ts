import { epochNowMs, epochNsFromMs } from '../core/index.ts';
import type { FoundTrace, TraceFinder, TraceSearch } from '../spans/index.ts';
import type { QueryParameters, StoreConnection } from './connection.ts';
import { attributeText, queryFor, type SpanLayout } from './span-layout.ts';
import { queryText, type QueryName } from './sql-files.ts';

/** A row of sql/queries/matching_traces.sql. */
interface MatchRow {
  readonly TraceId: string;
  readonly FirstNs: string;
  readonly LastNs: string;
}

/** A row of sql/queries/trace_summaries.sql. */
interface SummaryRow {
  readonly TraceId: string;
  readonly StartNs: string;
  readonly LastedInAllNs: string;
  readonly Service: string;
  readonly Name: string;
  readonly Spans: string;
  readonly Failed: string;
  readonly Services: string;
  readonly Matches: string;
  readonly MatchService: string;
  readonly MatchName: string;
  readonly MatchNs: string;
}

/** What stands before the time in ORDER BY. */
const ORDERS = {
  newest: '',
  longest: 'max(greatest(reinterpretAsInt64(Duration), 0)) DESC,',
} as const;

/** Returns what finds traces among the spans of a store. */
export function storedTraceFinder(connection: StoreConnection, layout: SpanLayout): TraceFinder {
  return {
    find: async (search) => {
      const { conditions, parameters } = conditionsOf(search, layout);
      const text = (query: QueryName): string =>
        queryFor(
          layout,
          queryText(query)
            .replace('AND {conditions}', () => conditions.map((one) => `AND ${one}`).join(' '))
            .replace('{order}', ORDERS[search.order]),
        );
      const matches = await connection.select<MatchRow>(text('matching_traces'), {
        ...parameters,
        limit: search.limit,
      });
      if (matches.length === 0) return [];
      const times = matches.flatMap(({ FirstNs, LastNs }) => [BigInt(FirstNs), BigInt(LastNs)]);
      const summaries = await connection.select<SummaryRow>(text('trace_summaries'), {
        ...parameters,
        traceIds: matches.map(({ TraceId }) => TraceId),
        firstNs: String(times.reduce((a, b) => (b < a ? b : a))),
        lastNs: String(times.reduce((a, b) => (b > a ? b : a))),
      });
      const byId = new Map(summaries.map((row) => [row.TraceId, row]));
      return matches.flatMap(({ TraceId }) => {
        const summary = byId.get(TraceId);
        return summary === undefined ? [] : [foundTrace(summary)];
      });
    },
  };
}

function foundTrace(row: SummaryRow): FoundTrace {
  return {
    traceId: row.TraceId,
    startEpochNs: BigInt(row.StartNs),
    durationNs: BigInt(row.LastedInAllNs),
    serviceName: row.Service,
    name: row.Name,
    spanCount: Number(row.Spans),
    failedCount: Number(row.Failed),
    serviceCount: Number(row.Services),
    match: {
      serviceName: row.MatchService,
      name: row.MatchName,
      durationNs: BigInt(row.MatchNs),
      spanCount: Number(row.Matches),
    },
  };
}

interface Conditions {
  readonly conditions: readonly string[];
  readonly parameters: QueryParameters;
}

/** What the user wrote goes into parameters, but for the names of attributes, which are quoted. */
function conditionsOf(search: TraceSearch, layout: SpanLayout): Conditions {
  const conditions: string[] = [];
  const parameters: Record<string, unknown> = {};
  const add = (condition: string, name: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    parameters[name] = value;
  };
  const { toEpochNs, durationMinNs, durationMaxNs, operation } = search;
  const fromNs = fromEpochNs(search);
  const time = (name: string): string => `fromUnixTimestamp64Nano({${name}:Int64})`;
  add(`Timestamp >= ${time('fromNs')}`, 'fromNs', fromNs?.toString());
  add(`Timestamp < ${time('toNs')}`, 'toNs', toEpochNs?.toString());
  add('ServiceName = {service:String}', 'service', search.serviceName);
  add(
    operation?.includes('*') ? 'SpanName LIKE {operation:String}' : 'SpanName = {operation:String}',
    'operation',
    operation?.includes('*') ? likeText(operation) : operation,
  );
  // By Duration itself for its index; what ends before it begins is stored as centuries.
  add('Duration >= {minNs:Int64}', 'minNs', durationMinNs?.toString());
  if (durationMinNs !== undefined) conditions.push('reinterpretAsInt64(Duration) >= 0');
  add('reinterpretAsInt64(Duration) <= {maxNs:Int64}', 'maxNs', durationMaxNs?.toString());
  if (search.failed) conditions.push("StatusCode IN ('Error', 'STATUS_CODE_ERROR')");
  add('otel_traces.RunId = {runId:String}', 'runId', search.runId);
  const fault = attributeText(layout, 'SpanAttributes', 'callgauge.fault');
  add(`has(splitByChar(',', ${fault}), {fault:String})`, 'fault', search.fault);
  for (const [i, { key, value }] of search.attributes.entries()) {
    const texts = ['SpanAttributes', 'ResourceAttributes'].map((column) =>
      attributeText(layout, column, key),
    );
    const is = value === undefined ? "!= ''" : `= {value${i}:String}`;
    conditions.push(`(${texts.map((text) => `${text} ${is}`).join(' OR ')})`);
    if (value !== undefined) parameters[`value${i}`] = value;
  }
  return { conditions, parameters };
}

function fromEpochNs({ fromEpochNs: fromNs, sinceNs }: TraceSearch): bigint | undefined {
  return sinceNs === undefined ? fromNs : epochNsFromMs(epochNowMs()) - sinceNs;
}

/** Returns the pattern of LIKE in which `*` stands for any text, and nothing else for another. */
function likeText(text: string): string {
  return text.replaceAll(/[\\%_]/gu, String.raw`\$&`).replaceAll('*', '%');
}
