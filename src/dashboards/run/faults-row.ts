import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { AnnotationSpec, RowSpec } from '../dashboard-frame.ts';
import { table } from '../panels.ts';
import { OF_THE_RUN } from './fragments.ts';

/** Returns the fault windows as shaded regions of every graph. */
export function faultAnnotation(): AnnotationSpec {
  return {
    name: 'Fault windows',
    colour: 'red',
    datasource: CLICKHOUSE,
    query: clickHouseQuery('table', FAULT_ANNOTATIONS, 'faults'),
  };
}

/** Returns the row of the faults that the run put in the path. */
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
    ],
  };
}

/** Fault windows as shaded regions: the columns are those that Grafana wants of annotations. */
const FAULT_ANNOTATIONS = `
SELECT
  StartedAt AS time,
  EndedAt AS timeEnd,
  concat(Fault, ': ', Toxic, ' on ', Proxy) AS text,
  concat('fault,', Toxic, ',', Proxy) AS tags
FROM callgauge_fault_windows
WHERE ${OF_THE_RUN} AND StartedAt <= $__toTime AND EndedAt >= $__fromTime
ORDER BY time`.trim();

const FAULT_WINDOWS = `
SELECT
  Fault AS fault,
  Proxy AS proxy,
  Toxic AS toxic,
  arrayStringConcat(arrayMap((k, v) -> concat(k, '=', v), mapKeys(Attributes), mapValues(Attributes)), ', ') AS attributes,
  FromNs / 1e9 AS "from",
  (ToNs - FromNs) / 1e9 AS duration,
  StartedAt AS started
FROM callgauge_fault_windows
WHERE ${OF_THE_RUN}
ORDER BY FromNs`.trim();
