import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import { buildDashboard, type AnnotationSpec } from '../dashboard-frame.ts';
import { tracePanel } from '../trace-panel.ts';
import { graphRow } from './graph-row.ts';
import { incidentRow } from './incident-row.ts';
import type { TraceScope } from './trace-window.ts';
import { serviceVariables } from './variables.ts';

/** Traces that pass through the chosen service, if one is chosen; of a run or not. */
const SCOPE: TraceScope = {
  ofSpans: 'true',
  ofTraces: "(${service:singlequote} = '' OR countIf(ServiceName = ${service:singlequote}) > 0)",
};

/** Returns the view of all traces that the store has of a time, whoever sent them. */
export function servicesView(): Dashboard {
  return buildDashboard({
    uid: 'callgauge-services',
    title: 'callgauge: services and incidents',
    description:
      'All traces of the time range, of runs or not: who calls whom, and what changed against as ' +
      'long a time right before it.',
    refresh: '',
    timeFrom: 'now-15m',
    variables: serviceVariables(),
    annotations: [faultAnnotation()],
    rows: [
      graphRow(SCOPE),
      incidentRow(SCOPE, '${service:queryparam}'),
      { title: 'Trace', panels: [tracePanel('what the services did, one below the other')] },
    ],
  });
}

/** The fault windows of all runs as shaded regions. */
function faultAnnotation(): AnnotationSpec {
  return {
    name: 'Fault windows',
    colour: 'red',
    datasource: CLICKHOUSE,
    query: clickHouseQuery('table', FAULT_ANNOTATIONS, 'faults'),
  };
}

const FAULT_ANNOTATIONS = `
SELECT
  StartedAt AS time,
  min(EndedAt) AS timeEnd,
  concat(Fault, ': ', Effect, ' on ', Place, ', run ', RunId) AS text,
  concat('fault,', Effect, ',', Place) AS tags
FROM callgauge_fault_windows
WHERE StartedAt <= $__toTime
GROUP BY RunId, Fault, PlaceKind, Place, Effect, StartedAt
HAVING timeEnd >= $__fromTime
ORDER BY time
LIMIT 1000`.trim();
