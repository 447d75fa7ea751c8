import { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';

import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { RowSpec } from '../dashboard-frame.ts';
import { table } from '../panels.ts';
import { OF_THE_RUN } from './fragments.ts';

/** Returns the row that leads from a slow call to the span that made it slow. */
export function tracesRow(): RowSpec {
  return {
    title: 'Traces',
    panels: [
      table(
        {
          title: 'Service-to-service edges',
          description:
            'Rate, errors and duration of every call between services that this run caused, as ' +
            "the caller's spans saw them; the calls of callgauge itself are above. network_p50 is " +
            "the caller's duration minus the callee's, where the callee sent a span. The rate is " +
            "over the edge's own first to last call.",
          unit: 's',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', EDGES)],
          size: [24, 7],
        },
        { calls: 'short', rate: 'reqps', error_ratio: 'percentunit' },
      ),
      table({
        title: 'Slowest kept calls',
        description:
          'The calls with the longest response time among those whose span was kept. A click on ' +
          'a trace id shows the trace below.',
        unit: 's',
        datasource: CLICKHOUSE,
        queries: [clickHouseQuery('table', SLOWEST_CALLS)],
        size: [24, 9],
      }).overrideByName('trace', [
        {
          id: 'links',
          value: [
            {
              title: 'Show this trace',
              url: '/d/${__dashboard.uid}?${run:queryparam}&${step:queryparam}&var-trace=${__value.raw}&${__url_time_range}',
            },
          ],
        },
      ]),
      new PanelBuilder()
        .type('traces')
        .title('Trace ${trace}')
        .description(
          'Every span of the chosen trace: the call of callgauge and what the services did for it.',
        )
        .unit('ms')
        .datasource(CLICKHOUSE)
        .targets([clickHouseQuery('traces', TRACE)])
        .span(24)
        .height(16),
    ],
  };
}

/**
 * Rate, errors and duration of every service-to-service edge: the caller's CLIENT span joined to
 * the SERVER span that it caused. A call without one went to something that is not instrumented.
 * Sent twice, a span still counts once.
 */
const EDGES = `
SELECT
  caller.ServiceName AS caller,
  if(callee.ServiceName = '', caller.SpanAttributes['server.address'], callee.ServiceName) AS callee,
  caller.SpanName AS operation,
  count() AS calls,
  calls / greatest(1, (max(toUnixTimestamp64Nano(caller.Timestamp)) - min(toUnixTimestamp64Nano(caller.Timestamp))) / 1e9) AS rate,
  countIf(caller.StatusCode = 'Error') / calls AS error_ratio,
  quantileExact(0.5)(caller.Duration) / 1e9 AS p50,
  quantileExact(0.99)(caller.Duration) / 1e9 AS p99,
  max(caller.Duration) / 1e9 AS max,
  if(
    countIf(callee.SpanId != '') = 0,
    NULL,
    quantileExactIf(0.5)(greatest(0, toInt64(caller.Duration) - toInt64(callee.Duration)), callee.SpanId != '') / 1e9
  ) AS network_p50
FROM (
  SELECT TraceId, SpanId, ServiceName, SpanName, Timestamp, Duration, StatusCode, SpanAttributes
  FROM otel_traces
  WHERE ${OF_THE_RUN} AND SpanKind = 'Client' AND ServiceName != 'callgauge' AND toInt64(Duration) >= 0
  LIMIT 1 BY TraceId, SpanId
) AS caller
LEFT ANY JOIN (
  SELECT TraceId, SpanId, ParentSpanId, ServiceName, Duration
  FROM otel_traces
  WHERE ${OF_THE_RUN} AND SpanKind = 'Server' AND toInt64(Duration) >= 0
) AS callee
ON caller.TraceId = callee.TraceId AND caller.SpanId = callee.ParentSpanId
GROUP BY caller, callee, operation
ORDER BY calls DESC, caller, callee, operation`.trim();

const SLOWEST_CALLS = `
SELECT
  TraceId AS trace,
  SpanName AS step,
  SpanAttributes['callgauge.phase'] AS phase,
  SpanAttributes['callgauge.outcome'] AS outcome,
  toUInt64OrZero(SpanAttributes['callgauge.response_ns']) / 1e9 AS response,
  Duration / 1e9 AS service,
  toUInt64OrZero(SpanAttributes['callgauge.lag_ns']) / 1e9 AS lag,
  toUInt64OrZero(SpanAttributes['callgauge.wait_ns']) / 1e9 AS wait,
  SpanAttributes['callgauge.fault'] AS fault,
  SpanAttributes['callgauge.kept'] AS kept,
  Timestamp AS sent
FROM otel_traces
WHERE ${OF_THE_RUN} AND ServiceName = 'callgauge' AND SpanName IN (\${step:singlequote})
ORDER BY response DESC
LIMIT 50`.trim();

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
