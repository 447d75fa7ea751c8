import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { RowSpec } from '../dashboard-frame.ts';
import { table } from '../panels.ts';
import { tracePanel } from '../trace-panel.ts';
import { OF_THE_RUN } from './fragments.ts';

/** Returns the row that leads from a slow call to the span that made it slow. */
export function tracesRow(): RowSpec {
  return {
    title: 'Traces',
    panels: [
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
      tracePanel('the call of callgauge and what the services did for it'),
    ],
  };
}

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
