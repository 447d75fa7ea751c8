import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { RowSpec } from '../dashboard-frame.ts';
import { table, timeSeries } from '../panels.ts';
import { atRank, countOf, edgesOf, percentile, perSec, sortedOf } from './edges.ts';
import { rootsOf } from './roots.ts';
import { BASELINE, indented, tracesPerRead, WINDOW, type TraceScope } from './trace-window.ts';

const COMPARED =
  'The time range of the page against as long a time right before it: drag over a graph to choose a window.';
/** Most rows of the tables, and lines of a graph. */
const ROWS_MAX = 200;
const LINES_MAX = 10;
/** Of failed traces, and of slow ones. */
const EXAMPLES_MAX = 25;

/**
 * Returns the row of what the time range has that the time before it had not; `variables` is what
 * a link to a trace keeps of the page's other choices.
 */
export function incidentRow(scope: TraceScope, variables: string): RowSpec {
  return {
    title: 'What changed: the time range against as long a time before it',
    panels: [
      rootGraph('Requests', 'reqps', rateOverTime(scope)),
      rootGraph('Failed requests', 'percentunit', errorsOverTime(scope)),
      rootGraph('p99 of requests', 's', p99OverTime(scope)),
      table(
        {
          title: 'Root operations before and now',
          description:
            `What a user of the system saw: spans without a parent. ${COMPARED} A change of 1 is ` +
            '100% more. Percentiles are left out where there are too few requests for them (p99: 100).',
          unit: 's',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', rootTable(scope))],
          size: [24, 8],
        },
        { ...RATES, rate_change: 'percentunit', p99_change: 'percentunit' },
      ),
      table(
        {
          title: 'Edges before and now',
          description:
            `${COMPARED} added is the time by which the calls of the window took longer than as many ` +
            'before it did, all together: the edges with the most of it stand first.',
          unit: 's',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', edgeTable(scope))],
          size: [24, 9],
        },
        { ...RATES, p99_change: 'percentunit' },
      ),
      table(
        {
          title: 'Failed and slow traces of the time range',
          description:
            'Traces whose root failed, or took longer than the p99 of its operation before; times is ' +
            'how often as long. A click on a trace id shows the trace below.',
          unit: 's',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', exampleTable(scope))],
          size: [24, 9],
        },
        { times: 'short' },
      ).overrideByName('trace', [
        {
          id: 'links',
          value: [
            {
              title: 'Show this trace',
              url: `/d/\${__dashboard.uid}?${variables}&var-trace=\${__value.raw}&\${__url_time_range}`,
            },
          ],
        },
      ]),
    ],
  };
}

const RATES = {
  rate: 'reqps',
  rate_before: 'reqps',
  errors: 'percentunit',
  errors_before: 'percentunit',
} as const;

function rootGraph(title: string, unit: string, sql: string) {
  return timeSeries({
    title,
    description: `Of each root operation, by the start of its span: the ${LINES_MAX} with the most requests.`,
    unit,
    datasource: CLICKHOUSE,
    queries: [clickHouseQuery('timeseries', sql)],
    size: [8, 8],
  }).displayName('${__field.labels.operation}');
}

function rateOverTime(scope: TraceScope): string {
  const perRead = indented(tracesPerRead(WINDOW, scope), 2);
  return overTime(scope, `sum(Weight) * ${perRead} / $__interval_s AS requests`);
}

function errorsOverTime(scope: TraceScope): string {
  return overTime(scope, 'sum(Failed * Weight) / sum(Weight) AS errors');
}

function p99OverTime(scope: TraceScope): string {
  return overTime(scope, `${percentile(0.99, sortedOf('Ns'))} AS p99`);
}

function overTime(scope: TraceScope, column: string): string {
  return `
SELECT
  $__timeInterval(Timestamp) AS time,
  concat(Service, ' ', Name) AS operation,
  ${column}
FROM (
  SELECT *, dense_rank() OVER (ORDER BY Requests DESC, Service, Name) AS Place
  FROM (
    SELECT *, sum(Weight) OVER (PARTITION BY Service, Name) AS Requests
    FROM (
      ${indented(rootsOf(WINDOW, scope), 6)}
    )
  )
)
WHERE Place <= ${LINES_MAX}
GROUP BY time, operation
ORDER BY time, operation`.trim();
}

function rootTable(scope: TraceScope): string {
  const side = (window: typeof WINDOW): string => `
  SELECT Service AS service, Name AS operation, ${countOf('Weight')} AS requests,
    ${countOf('Failed * Weight')} AS failed,
    ${perSec('requests', window, scope)} AS rate, ${sortedOf('Ns')} AS sorted
  FROM (
    ${indented(rootsOf(window, scope), 4)}
  )
  GROUP BY service, operation`;
  return `
SELECT
  service,
  operation,
  now.rate AS rate,
  before.rate AS rate_before,
  ${changeOf('rate', 'rate_before')} AS rate_change,
  ${shareOf('now.failed', 'now.requests')} AS errors,
  ${shareOf('before.failed', 'before.requests')} AS errors_before,
  ${percentile(0.5, 'now.sorted')} AS p50,
  ${percentile(0.5, 'before.sorted')} AS p50_before,
  ${percentile(0.99, 'now.sorted')} AS p99,
  ${percentile(0.99, 'before.sorted')} AS p99_before,
  ${changeOf('p99', 'p99_before')} AS p99_change
FROM (${side(WINDOW)}
) AS now
FULL JOIN (${side(BASELINE)}
) AS before USING (service, operation)
ORDER BY now.requests + before.requests DESC, service, operation
LIMIT ${ROWS_MAX}`.trim();
}

function edgeTable(scope: TraceScope): string {
  const side = (window: typeof WINDOW): string => `
  SELECT *, ${perSec('calls', window, scope)} AS rate
  FROM (
    ${indented(edgesOf(window, scope, 'operation'), 4)}
  )`;
  return `
SELECT
  caller,
  callee,
  operation,
  kind,
  if(now.calls = 0 OR before.calls = 0, NULL, now.calls * (now.spent / now.calls - before.spent / before.calls) / 1e9) AS added,
  now.rate AS rate,
  before.rate AS rate_before,
  ${shareOf('now.failed', 'now.calls')} AS errors,
  ${shareOf('before.failed', 'before.calls')} AS errors_before,
  ${percentile(0.5, 'now.sorted')} AS p50,
  ${percentile(0.5, 'before.sorted')} AS p50_before,
  ${percentile(0.99, 'now.sorted')} AS p99,
  ${percentile(0.99, 'before.sorted')} AS p99_before,
  ${changeOf('p99', 'p99_before')} AS p99_change
FROM (${side(WINDOW)}
) AS now
FULL JOIN (${side(BASELINE)}
) AS before USING (caller, callee, operation, kind)
ORDER BY abs(added) DESC NULLS LAST, now.calls + before.calls DESC, caller, callee, operation
LIMIT ${ROWS_MAX}`.trim();
}

function exampleTable(scope: TraceScope): string {
  return `
SELECT
  TraceId AS trace,
  now.Service AS service,
  now.Name AS operation,
  if(now.Failed, 'failed', 'slow') AS why,
  now.Ns / 1e9 AS duration,
  if(BeforeNs = 0, NULL, BeforeNs / 1e9) AS p99_before,
  duration / p99_before AS times,
  now.Timestamp AS started
FROM (
  ${indented(rootsOf(WINDOW, scope), 2)}
) AS now
LEFT JOIN (
  SELECT Service, Name, ${atRank(0.99, sortedOf('Ns'))} AS BeforeNs
  FROM (
    ${indented(rootsOf(BASELINE, scope), 4)}
  )
  GROUP BY Service, Name
) AS before ON now.Service = before.Service AND now.Name = before.Name
WHERE now.Failed OR (BeforeNs > 0 AND now.Ns > BeforeNs)
ORDER BY times DESC NULLS LAST, duration DESC, trace
LIMIT ${EXAMPLES_MAX} BY why`.trim();
}

/** How much more there is than before, as a part of what there was. */
function changeOf(now: string, before: string): string {
  return `if(${before} > 0, ${now} / ${before} - 1, NULL)`;
}

function shareOf(part: string, whole: string): string {
  return `if(${whole} = 0, NULL, ${part} / ${whole})`;
}
