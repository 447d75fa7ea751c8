import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';

import { choice } from '../clickhouse-query.ts';
import { dataSourceVariable } from '../dashboard-frame.ts';

/** Returns the choices at the top of the page. */
export function serviceVariables(): Builder<VariableModel>[] {
  return [
    dataSourceVariable('clickhouse', {
      label: 'ClickHouse',
      plugin: 'grafana-clickhouse-datasource',
    }),
    choice('service', {
      label: 'Service',
      description: 'Only traces that pass through this service',
      sql: SERVICE_CHOICES,
    }),
    choice('trace', {
      label: 'Trace',
      description: 'The longest traces; any other trace id can be typed in',
      sql: TRACE_CHOICES,
    }).allowCustomValue(true),
  ];
}

/** Value and text of the `service` variable; the first is none. */
const SERVICE_CHOICES = `
SELECT Service, if(Service = '', 'all', Service)
FROM (
  SELECT DISTINCT arrayJoin(['', toString(ServiceName)]) AS Service
  FROM otel_traces
  WHERE $__timeFilter(Timestamp)
)
ORDER BY Service
LIMIT 1000`.trim();

/** Value and text of the `trace` variable, the longest root first. */
const TRACE_CHOICES = `
SELECT
  TraceId,
  concat(ServiceName, ' ', SpanName, ' ', toString(round(max(reinterpretAsInt64(Duration)) / 1e6, 1)), ' ms')
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND ParentSpanId = '' AND TraceId != ''
  AND (\${service:singlequote} = '' OR ServiceName = \${service:singlequote})
GROUP BY TraceId, ServiceName, SpanName
ORDER BY max(reinterpretAsInt64(Duration)) DESC
LIMIT 50`.trim();
