import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { RowSpec } from '../dashboard-frame.ts';
import { singleNumber, table } from '../panels.ts';
import {
  CENSORED,
  ENDED_OR_NOW,
  MEASURED,
  OF_THE_RUN,
  OF_THE_STEPS,
  refusable,
  TIMED,
} from './fragments.ts';

/** Returns the row that answers how the run went, before any graph. */
export function summaryRow(): RowSpec {
  return {
    title: 'The run: measured phases, warm-up left out',
    panels: [
      table(
        {
          title: 'Run',
          description: 'The chosen run. Status is complete, partial (stopped early) or running.',
          unit: 'short',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', RUN_STATUS)],
          size: [9, 4],
        },
        { duration: 's', seed: 'none' },
      ),
      number('Calls', 'short', 'Calls that ended, in the measured phases.', CALLS_TOTAL),
      number(
        'Not ok',
        'percentunit',
        'Share of the calls that ended as status, timeout, transport, check or cancelled.',
        NOT_OK_RATIO,
      ),
      number(
        'Response p99',
        's',
        'Time from the intended start to the end over all chosen steps, timeouts and cancelled ' +
          'calls at their bound; empty below 368 calls.',
        RESPONSE_P99,
        'response_p99',
      ),
      number(
        'Dropped arrivals',
        'short',
        'Arrivals that found no free slot and were never sent. Not 0: the target or the bound on ' +
          'calls in flight could not keep up, and no percentile covers what was dropped.',
        DROPPED_ARRIVALS_TOTAL,
      ),
      number(
        'Generator lag p99',
        's',
        'How late the generator itself saw that an arrival was due. Large against the response ' +
          'times: the machine that sends was saturated, and the run proves nothing.',
        LAG_P99,
        'lag_p99',
      ),
      table(
        {
          title: 'Percentiles of the whole run',
          description:
            'Over all measured phases, from the stored histograms (within 0.1%). n counts ok, ' +
            'check, timeout and cancelled calls; censored ones stand at their bound and were longer in ' +
            'truth. A percentile is left out where n cannot carry a two-sided 95% interval.',
          unit: 's',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', WHOLE_RUN_PERCENTILES)],
          size: [24, 7],
        },
        { n: 'short', censored: 'short' },
      ),
      table(
        {
          title: 'Outcomes by phase',
          description: 'How every call ended, in every phase, warm-up included.',
          unit: 'short',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', OUTCOMES_BY_PHASE)],
          size: [14, 7],
        },
        { not_ok_ratio: 'percentunit' },
      ),
      table({
        title: 'Counters by phase',
        description:
          'What was counted beside the calls: arrivals, dropped arrivals and spans, late ' +
          'responses, abandoned steps, reconnects, bytes on the wire.',
        unit: 'short',
        datasource: CLICKHOUSE,
        queries: [clickHouseQuery('table', COUNTERS_BY_PHASE)],
        size: [10, 7],
      }),
    ],
  };
}

function number(title: string, unit: string, description: string, sql: string, field?: string) {
  return singleNumber(
    {
      title,
      description,
      unit,
      datasource: CLICKHOUSE,
      queries: [clickHouseQuery('table', sql)],
      size: [3, 4],
    },
    field,
  );
}

/** Percentiles that the tables show, each with the quantile that it stands for. */
const PERCENTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p99.9', 0.999],
  ['p99.99', 0.9999],
] as const;

const RUN_STATUS = `
SELECT
  Scenario AS scenario,
  Status AS status,
  StartedAt AS started,
  dateDiff('millisecond', StartedAt, ${ENDED_OR_NOW}) / 1e3 AS duration,
  Seed AS seed,
  HarnessVersion AS version
FROM callgauge_runs FINAL
WHERE ${OF_THE_RUN}`.trim();

const CALLS_TOTAL = measuredTotal('sum(arraySum(Count)) AS calls');

const NOT_OK_RATIO = measuredTotal(
  "sumIf(arraySum(Count), Outcome != 'ok') / greatest(1, sum(arraySum(Count))) AS not_ok_ratio",
);

const RESPONSE_P99 = wholeRunQuantile('response', 0.99);

const LAG_P99 = wholeRunQuantile('lag', 0.99);

const DROPPED_ARRIVALS_TOTAL = `
SELECT sum(Value) AS dropped_arrivals
FROM callgauge_counters
WHERE ${OF_THE_RUN} AND Counter = 'dropped_arrivals' AND ${MEASURED}`.trim();

/** Percentiles over the measured phases; empty where the sample cannot carry one. */
const WHOLE_RUN_PERCENTILES = `
SELECT
  Step AS step,
  Clock AS clock,
  sum(weight) AS n,
  sumIf(weight, ${CENSORED}) AS censored,
${PERCENTILES.map(([name, quantile]) => `  ${refusable(quantile)} AS "${name}",`).join('\n')}
  max(value) / 1e9 AS max
FROM callgauge_histograms
ARRAY JOIN ValueNs AS value, Count AS weight
WHERE ${OF_THE_RUN} AND ${OF_THE_STEPS} AND Clock IN ('response', 'service') AND ${TIMED} AND ${MEASURED}
GROUP BY step, clock
ORDER BY step, clock`.trim();

const OUTCOMES_BY_PHASE = `
SELECT
  Phase AS phase,
  Step AS step,
  sum(arraySum(Count)) AS calls,
  sumIf(arraySum(Count), Outcome = 'ok') AS ok,
  sumIf(arraySum(Count), Outcome = 'status') AS status,
  sumIf(arraySum(Count), Outcome = 'timeout') AS timeout,
  sumIf(arraySum(Count), Outcome = 'transport') AS transport,
  sumIf(arraySum(Count), Outcome = 'check') AS check,
  sumIf(arraySum(Count), Outcome = 'rejected') AS rejected,
  sumIf(arraySum(Count), Outcome = 'fallback') AS fallback,
  sumIf(arraySum(Count), Outcome = 'cancelled') AS cancelled,
  1 - ok / greatest(1, calls) AS not_ok_ratio
FROM callgauge_histograms
WHERE ${OF_THE_RUN} AND ${OF_THE_STEPS} AND Clock = 'response'
GROUP BY phase, step
ORDER BY min(Second), step`.trim();

const COUNTERS_BY_PHASE = `
SELECT
  Phase AS phase,
  Counter AS counter,
  sum(Value) AS total
FROM callgauge_counters
WHERE ${OF_THE_RUN}
GROUP BY phase, counter
ORDER BY min(Second), counter`.trim();

function measuredTotal(expression: string): string {
  return `
SELECT ${expression}
FROM callgauge_histograms
WHERE ${OF_THE_RUN} AND ${OF_THE_STEPS} AND Clock = 'response' AND ${MEASURED}`.trim();
}

function wholeRunQuantile(clock: 'response' | 'lag', quantile: number): string {
  const outcomes = clock === 'lag' ? '' : ` AND ${OF_THE_STEPS} AND ${TIMED}`;
  return `
SELECT sum(weight) AS n, ${refusable(quantile)} AS ${clock}_p${quantile * 100}
FROM callgauge_histograms
ARRAY JOIN ValueNs AS value, Count AS weight
WHERE ${OF_THE_RUN} AND Clock = '${clock}'${outcomes} AND ${MEASURED}`.trim();
}
