import { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';

import { CLICKHOUSE, clickHouseQuery } from './clickhouse-query.ts';

/** Returns the waterfall of the trace that the variable `trace` names. */
export function tracePanel(spans: string): PanelBuilder {
  return new PanelBuilder()
    .type('traces')
    .title('Trace ${trace}')
    .description(`Every span of the chosen trace: ${spans}.`)
    .unit('ms')
    .datasource(CLICKHOUSE)
    .targets([clickHouseQuery('traces', TRACE)])
    .span(24)
    .height(16);
}

/**
 * One trace in the columns that the plugin turns into a waterfall: events are its logs, links its
 * references. A span that was delivered again is one row; one that ends before it starts has no
 * length.
 */
const TRACE = `
SELECT
  TraceId AS traceID,
  SpanId AS spanID,
  ParentSpanId AS parentSpanID,
  ServiceName AS serviceName,
  SpanName AS operationName,
  multiply(toUnixTimestamp64Nano(Timestamp), 0.000001) AS startTime,
  if(toInt64(Duration) < 0, 0, multiply(Duration, 0.000001)) AS duration,
  arrayMap(key -> map('key', key, 'value', SpanAttributes[key]), mapKeys(SpanAttributes)) AS tags,
  arrayMap(key -> map('key', key, 'value', ResourceAttributes[key]), mapKeys(ResourceAttributes)) AS serviceTags,
  if(StatusCode IN ('Error', 'STATUS_CODE_ERROR'), 2, 0) AS statusCode,
  SpanKind AS kind,
  StatusMessage AS statusMessage,
  TraceState AS traceState,
  arrayMap(
    (at, name, found) -> CAST(
      (name, toString(toUnixTimestamp64Milli(at)), arrayMap(key -> map('key', key, 'value', found[key]), mapKeys(found))),
      'Tuple(name String, timestamp String, fields Array(Map(String, String)))'
    ),
    Events.Timestamp, Events.Name, Events.Attributes
  ) AS logs,
  arrayMap(
    (trace, span, found) -> CAST(
      (trace, span, arrayMap(key -> map('key', key, 'value', found[key]), mapKeys(found))),
      'Tuple(traceID String, spanID String, tags Array(Map(String, String)))'
    ),
    Links.TraceId, Links.SpanId, Links.Attributes
  ) AS references
FROM otel_traces
WHERE TraceId = \${trace:singlequote}
ORDER BY startTime, toInt64(Duration) DESC
LIMIT 1 BY spanID, kind, serviceName, startTime
LIMIT 10000`.trim();
