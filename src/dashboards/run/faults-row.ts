import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { AnnotationSpec, RowSpec } from '../dashboard-frame.ts';
import { table } from '../panels.ts';
import { OF_THE_RUN, OF_THE_STEPS, refusable, TIMED } from './fragments.ts';

/** Returns the fault windows as shaded regions of every graph. */
export function faultAnnotation(): AnnotationSpec {
  return {
    name: 'Fault windows',
    colour: 'red',
    datasource: CLICKHOUSE,
    query: clickHouseQuery('table', FAULT_ANNOTATIONS, 'faults'),
  };
}

/** Returns the row of the faults that the run made. */
export function faultsRow(): RowSpec {
  return {
    title: 'Faults',
    panels: [
      table(
        {
          title: 'Fault windows',
          description:
            'Faults as they really began and ended; from and duration count from the start of the ' +
            'run. The same windows are shaded in every graph.',
          unit: 'short',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', FAULT_WINDOWS)],
          size: [24, 6],
        },
        { from: 's', duration: 's' },
      ),
      table(
        {
          title: 'Before, during and after',
          description:
            'Response times of each step in the seconds of which half or more lie in a fault window, ' +
            'and for as long before and after it, a second apart from it. The report says more: ' +
            'before is there all healthy time, after goes to the recovery.',
          unit: 'short',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', AROUND_WINDOWS)],
          size: [24, 8],
        },
        { from: 's', errors: 'percentunit', p50: 's', p99: 's', max: 's' },
      ),
    ],
  };
}

/**
 * The stored end of a window that is open; one that closed has a second row, whose end is lesser.
 */
const OPEN_END = String(Number.MAX_SAFE_INTEGER);

/** Fault windows as shaded regions: the columns are those that Grafana wants of annotations. */
const FAULT_ANNOTATIONS = `
SELECT
  StartedAt AS time,
  min(EndedAt) AS timeEnd,
  concat(Fault, ': ', Effect, ' on ', Place) AS text,
  concat('fault,', Effect, ',', Place) AS tags
FROM callgauge_fault_windows
WHERE ${OF_THE_RUN} AND StartedAt <= $__toTime
GROUP BY Fault, PlaceKind, Place, Effect, StartedAt
HAVING timeEnd >= $__fromTime
ORDER BY time`.trim();

const FAULT_WINDOWS = `
SELECT
  Fault AS fault,
  PlaceKind AS kind,
  Place AS place,
  Effect AS effect,
  arrayStringConcat(arrayMap((k, v) -> concat(k, '=', v), mapKeys(Told), mapValues(Told)), ', ') AS attributes,
  FromNs / 1e9 AS "from",
  if(Until = ${OPEN_END}, NULL, (Until - FromNs) / 1e9) AS duration,
  StartedAt AS started
FROM (
  SELECT Fault, PlaceKind, Place, Effect, FromNs, StartedAt, argMin(Attributes, ToNs) AS Told, min(ToNs) AS Until
  FROM callgauge_fault_windows
  WHERE ${OF_THE_RUN}
  GROUP BY Fault, PlaceKind, Place, Effect, FromNs, StartedAt
)
ORDER BY FromNs`.trim();

/** Seconds are whole, by the intended start of calls. */
const AROUND_WINDOWS = `
SELECT
  fault,
  "from",
  step,
  part,
  calls,
  errors,
  ${refusable(0.5)} AS p50,
  ${refusable(0.99)} AS p99,
  max(value) / 1e9 AS max
FROM (
  SELECT
    w.Fault AS fault,
    w.FromNs / 1e9 AS "from",
    h.Step AS step,
    multiIf(h.Second < w.First, '1 before', h.Second > w.Last, '3 after', '2 during') AS part,
    h.value AS value,
    if(h.timed, h.weight, 0) AS weight,
    sum(h.weight) OVER around AS calls,
    sumIf(h.weight, h.failed) OVER around / calls AS errors,
    sumIf(h.weight, h.timed) OVER around AS n
  FROM (
    SELECT Step, Second, value, weight, ${TIMED} AS timed, Outcome NOT IN ('ok', 'cancelled', 'fallback') AS failed
    FROM callgauge_histograms
    ARRAY JOIN ValueNs AS value, Count AS weight
    WHERE ${OF_THE_RUN} AND ${OF_THE_STEPS} AND Clock = 'response'
  ) AS h
  CROSS JOIN (
    SELECT Fault, FromNs, round(FromNs / 1e9) AS First,
      greatest(First, round(min(ToNs) / 1e9) - 1) AS Last, Last - First + 1 AS Length
    FROM callgauge_fault_windows
    WHERE ${OF_THE_RUN}
    GROUP BY Fault, PlaceKind, Place, Effect, FromNs
  ) AS w
  WHERE h.Second >= w.First - 1 - w.Length AND h.Second <= w.Last + 1 + w.Length
    AND h.Second NOT IN (w.First - 1, w.Last + 1)
  WINDOW around AS (PARTITION BY w.Fault, w.FromNs, h.Step, part)
)
GROUP BY fault, "from", step, part, calls, errors, n
ORDER BY "from", fault, step, part`.trim();
