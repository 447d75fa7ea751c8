import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { RowSpec } from '../dashboard-frame.ts';
import { outcomeColours, timeSeries } from '../panels.ts';
import { OF_THE_RUN, OF_THE_STEPS } from './fragments.ts';

/** Returns the row of what was sent and how it ended, over time. */
export function loadRow(): RowSpec {
  const rate = timeSeries({
    title: 'Calls by outcome',
    description: 'Calls of the chosen steps per second, by the second of their intended start.',
    unit: 'reqps',
    datasource: CLICKHOUSE,
    queries: [clickHouseQuery('timeseries', RATE_BY_OUTCOME)],
    size: [12, 8],
  }).displayName('${__field.labels.outcome}');
  for (const { name, properties } of outcomeColours()) rate.overrideByName(name, properties);
  return {
    title: 'Rate and errors',
    panels: [
      rate,
      timeSeries({
        title: 'Calls that were not ok',
        description:
          'Share of the calls that ended as status, timeout, transport, check or cancelled.',
        unit: 'percentunit',
        datasource: CLICKHOUSE,
        queries: [clickHouseQuery('timeseries', NOT_OK_OVER_TIME)],
        size: [12, 8],
      })
        .displayName('${__field.labels.step}')
        .max(1),
      timeSeries({
        title: 'Arrivals and dropped arrivals',
        description:
          'Arrivals per second as the schedule made them due, and those among them that found no ' +
          'free slot and were never sent.',
        unit: 'reqps',
        datasource: CLICKHOUSE,
        queries: [clickHouseQuery('timeseries', ARRIVALS_OVER_TIME)],
        size: [12, 8],
      }),
      timeSeries({
        title: 'Generator lag',
        description:
          "The generator's own delay: when it saw that an arrival was due, minus when it was due.",
        unit: 's',
        datasource: CLICKHOUSE,
        queries: [clickHouseQuery('timeseries', LAG_OVER_TIME)],
        size: [12, 8],
      }),
    ],
  };
}

const RATE_BY_OUTCOME = `
SELECT $__timeInterval(Time) AS time, Outcome AS outcome, sum(arraySum(Count)) / $__interval_s AS calls
FROM callgauge_histograms
WHERE ${OF_THE_RUN} AND ${OF_THE_STEPS} AND Clock = 'response' AND $__timeFilter(Time)
GROUP BY time, outcome
ORDER BY time, outcome`.trim();

const NOT_OK_OVER_TIME = `
SELECT
  $__timeInterval(Time) AS time,
  Step AS step,
  sumIf(arraySum(Count), Outcome != 'ok') / sum(arraySum(Count)) AS not_ok_ratio
FROM callgauge_histograms
WHERE ${OF_THE_RUN} AND ${OF_THE_STEPS} AND Clock = 'response' AND $__timeFilter(Time)
GROUP BY time, step
ORDER BY time, step`.trim();

const ARRIVALS_OVER_TIME = `
SELECT
  $__timeInterval(Time) AS time,
  sumIf(Value, Counter = 'arrivals') / $__interval_s AS arrivals,
  sumIf(Value, Counter = 'dropped_arrivals') / $__interval_s AS dropped
FROM callgauge_counters
WHERE ${OF_THE_RUN} AND Counter IN ('arrivals', 'dropped_arrivals') AND $__timeFilter(Time)
GROUP BY time
ORDER BY time`.trim();

const LAG_OVER_TIME = `
SELECT
  $__timeInterval(Time) AS time,
  quantileExactWeighted(0.5)(value, weight) / 1e9 AS p50,
  quantileExactWeighted(0.99)(value, weight) / 1e9 AS p99,
  max(value) / 1e9 AS max
FROM callgauge_histograms
ARRAY JOIN ValueNs AS value, Count AS weight
WHERE ${OF_THE_RUN} AND Clock = 'lag' AND $__timeFilter(Time)
GROUP BY time
ORDER BY time`.trim();
