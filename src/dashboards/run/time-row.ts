import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { RowSpec } from '../dashboard-frame.ts';
import { timeSeries } from '../panels.ts';
import { OF_THE_RUN, OF_THE_STEPS, TIMED } from './fragments.ts';

/** Returns the row of the two clocks of a call, over time. */
export function timeRow(): RowSpec {
  return {
    title: 'Response and service time',
    panels: [
      percentiles(
        'Response time',
        'From the intended start to the end: what a user of the system would have waited. Exact ' +
          "over the stored histograms of each point's seconds; timeouts and cancelled calls stand " +
          'at their bound.',
        percentilesOverTime('response'),
      ),
      percentiles(
        'Service time',
        'From sending to the end: what the target took. Where it stays low while the response ' +
          'time climbs, calls were waiting for a connection.',
        percentilesOverTime('service'),
      ),
    ],
  };
}

function percentiles(title: string, description: string, sql: string) {
  return timeSeries({
    title,
    description,
    unit: 's',
    datasource: CLICKHOUSE,
    queries: [clickHouseQuery('timeseries', sql)],
    size: [12, 10],
  }).displayName('${__field.labels.step} ${__field.name}');
}

function percentilesOverTime(clock: 'response' | 'service'): string {
  return `
SELECT
  $__timeInterval(Time) AS time,
  Step AS step,
  quantileExactWeighted(0.5)(value, weight) / 1e9 AS p50,
  quantileExactWeighted(0.9)(value, weight) / 1e9 AS p90,
  quantileExactWeighted(0.99)(value, weight) / 1e9 AS p99,
  max(value) / 1e9 AS max
FROM callgauge_histograms
ARRAY JOIN ValueNs AS value, Count AS weight
WHERE ${OF_THE_RUN} AND ${OF_THE_STEPS} AND Clock = '${clock}' AND ${TIMED} AND $__timeFilter(Time)
GROUP BY time, step
ORDER BY time, step`.trim();
}
