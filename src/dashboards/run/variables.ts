import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';

import { choice } from '../clickhouse-query.ts';
import { dataSourceVariable } from '../dashboard-frame.ts';
import { OF_THE_RUN } from './fragments.ts';

/** Returns the choices at the top of the page, each narrowed by those before it. */
export function runVariables(): Builder<VariableModel>[] {
  return [
    dataSourceVariable('clickhouse', {
      label: 'ClickHouse',
      plugin: 'grafana-clickhouse-datasource',
    }),
    choice('run', { label: 'Run', description: 'Newest first', sql: RUN_CHOICES }),
    choice('step', { label: 'Step', description: 'Steps of the run', sql: STEP_CHOICES })
      .multi(true)
      .includeAll(true)
      .current({ text: 'All', value: '$__all' }),
    choice('trace', {
      label: 'Trace',
      description: 'The slowest kept calls; any other trace id can be typed in',
      sql: TRACE_CHOICES,
    }).allowCustomValue(true),
  ];
}

/** Value and text of the `run` variable, newest first. */
const RUN_CHOICES = `
SELECT RunId, concat(formatDateTime(StartedAt, '%F %T'), ' ', Scenario, ' (', Status, ')')
FROM callgauge_runs FINAL
ORDER BY StartedAt DESC
LIMIT 200`.trim();

const STEP_CHOICES = `
SELECT DISTINCT Step
FROM callgauge_histograms
WHERE ${OF_THE_RUN} AND Clock = 'response'
ORDER BY Step`.trim();

/** Value and text of the `trace` variable, the slowest first. */
const TRACE_CHOICES = `
SELECT
  TraceId,
  concat(SpanName, ' ', toString(round(max(toUInt64OrZero(SpanAttributes['callgauge.response_ns'])) / 1e6, 1)), ' ms')
FROM otel_traces
WHERE ${OF_THE_RUN} AND ServiceName = 'callgauge' AND SpanName IN (\${step:singlequote})
GROUP BY TraceId, SpanName
ORDER BY max(toUInt64OrZero(SpanAttributes['callgauge.response_ns'])) DESC
LIMIT 50`.trim();
