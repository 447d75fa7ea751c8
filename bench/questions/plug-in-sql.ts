import type { FilledTime } from './fill-store.ts';

/**
 * The SQL that the Grafana ClickHouse data source (4.20) sends: its builder's query for one trace,
 * and those of the dashboards that it ships, their macros put in as it does.
 */
export function traceById(traceId: string): string {
  const pairs = (map: string): string =>
    `arrayMap(key -> map('key', key, 'value',"${map}"[key]), mapKeys("${map}"))`;
  const lookup = '"callgauge"."otel_traces_trace_id_ts"';
  const fields = `${fieldsOf('attributes')})::Tuple(name String, timestamp String, fields Array(Map(String, String)))`;
  return [
    `WITH '${traceId}' as __gf_trace_id,`,
    `(SELECT min(Start) FROM ${lookup} WHERE TraceId = __gf_trace_id) as __gf_trace_start,`,
    `(SELECT max(End) + 1 FROM ${lookup} WHERE TraceId = __gf_trace_id) as __gf_trace_end`,
    'SELECT "TraceId" as traceID, "SpanId" as spanID, "ParentSpanId" as parentSpanID,',
    '"ServiceName" as serviceName, "SpanName" as operationName,',
    'multiply(toUnixTimestamp64Nano("Timestamp"), 0.000001) as startTime,',
    'multiply("Duration", 0.000001) as duration,',
    `${pairs('SpanAttributes')} as tags, ${pairs('ResourceAttributes')} as serviceTags,`,
    `if("StatusCode" IN ('Error', 'STATUS_CODE_ERROR'), 2, 0) as statusCode,`,
    'arrayMap((name, timestamp, attributes) -> tuple(name,',
    `toString(toUnixTimestamp64Milli(timestamp)), ${fields},`,
    '"Events".Name, "Events".Timestamp, "Events".Attributes) AS logs,',
    `"SpanKind" as kind, "StatusMessage" as statusMessage, "TraceState" as traceState`,
    'FROM "callgauge"."otel_traces"',
    'WHERE traceID = __gf_trace_id',
    'AND "Timestamp" >= __gf_trace_start AND "Timestamp" <= __gf_trace_end',
  ].join(' ');
}

function fieldsOf(map: string): string {
  return `arrayMap(key -> map('key', key, 'value', ${map}[key]), mapKeys(${map}))`;
}

/** As the table "slowest operations" of its service dashboard, of all services at once. */
export function percentiles(time: FilledTime): string {
  return `SELECT ServiceName AS Service, SpanName AS Operation, count() AS Count, countIf(${FAILED}) AS Errors, quantile(0.5)(Duration) AS P50, quantile(0.95)(Duration) AS P95, quantile(0.99)(Duration) AS P99 FROM callgauge.otel_traces WHERE ${timeFilter(time)} GROUP BY ServiceName, SpanName ORDER BY P99 DESC`;
}

/** The table "trace search results" of its traces explorer, of failed spans of one service. */
export function failedTraces(time: FilledTime, service: string): string {
  return `SELECT TraceId, any(ServiceName) AS Service, any(SpanName) AS RootOperation, min(Timestamp) AS Time, max(Duration) AS Duration, count() AS Spans, anyIf(StatusCode, ${FAILED}) AS Status FROM callgauge.otel_traces WHERE ${timeFilter(time)} AND ServiceName IN ('${service}') AND StatusCode IN ('Error') GROUP BY TraceId ORDER BY Time DESC LIMIT 200`;
}

/** The edges of the node graph of its traces explorer. */
export function serviceMap(time: FilledTime): string {
  return `SELECT concat(parent.ServiceName, '-', child.ServiceName) AS id, parent.ServiceName AS source, child.ServiceName AS target, concat(toString(count()), ' calls') AS mainstat FROM callgauge.otel_traces AS child INNER JOIN callgauge.otel_traces AS parent ON child.ParentSpanId = parent.SpanId AND child.TraceId = parent.TraceId WHERE ${timeFilter(time, 'child.')} AND ${timeFilter(time, 'parent.')} AND parent.ServiceName != child.ServiceName GROUP BY source, target ORDER BY count() DESC LIMIT 50`;
}

const FAILED = "StatusCode IN ('Error', 'STATUS_CODE_ERROR')";

function timeFilter({ fromEpochNs, toEpochNs }: FilledTime, of = ''): string {
  const seconds = (epochNs: bigint): string => `toDateTime(${epochNs / 1_000_000_000n})`;
  return `${of}Timestamp >= ${seconds(fromEpochNs)} AND ${of}Timestamp <= ${seconds(toEpochNs)}`;
}
