import {
  ArcOptionBuilder,
  EdgeOptionsBuilder,
  NodeOptionsBuilder,
  PanelBuilder as NodeGraphPanel,
} from '@grafana/grafana-foundation-sdk/nodegraph';

import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { RowSpec } from '../dashboard-frame.ts';
import { table } from '../panels.ts';
import { edgesOf, nodesOf, percentile, perSec } from './edges.ts';
import { indented, TRACES_MAX, WINDOW, type TraceScope } from './trace-window.ts';

/** Most edges that a panel shows: those with the most calls. */
const EDGES_MAX = 1_000;
const SAMPLE =
  `Of more than ${TRACES_MAX.toLocaleString('en')} traces an even sample is read, and rates are scaled. ` +
  'Where the store itself has a sample, calls count as many as they stand for.';
const WHICH =
  'Traces that begin in the time range, by the rules of `callgauge graph`: a call is a CLIENT span joined to ' +
  'the SERVER span below it, a message a PRODUCER span joined to the CONSUMER span.';

/** Returns the row of who calls whom. */
export function graphRow(scope: TraceScope): RowSpec {
  return {
    title: 'Service graph',
    panels: [
      serviceGraph(scope),
      table(
        {
          title: 'Edges',
          description:
            `${WHICH} network_p50 is the caller's duration minus the callee's. A percentile is left out ` +
            `where there are too few calls for it (p99: 100). ${SAMPLE}`,
          unit: 's',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', edgeTable(scope))],
          size: [24, 9],
        },
        { calls: 'short', rate: 'reqps', errors: 'percentunit' },
      ),
    ],
  };
}

function serviceGraph(scope: TraceScope): NodeGraphPanel {
  return new NodeGraphPanel()
    .title('Services and calls')
    .description(
      `${WHICH} A service has the calls to it: calls per second, p99, and the part that failed in red. ` +
        'An edge is red where calls failed, dashed for messages, and the thicker the more calls it has; a ' +
        `click shows errors and percentiles. ${SAMPLE}`,
    )
    .unit('short')
    .datasource(CLICKHOUSE)
    .targets([
      // The panel tells the two by these names.
      clickHouseQuery('table', graphNodes(scope), 'nodes'),
      clickHouseQuery('table', graphEdges(scope), 'edges'),
    ])
    .nodes(
      new NodeOptionsBuilder()
        .mainStatUnit('reqps')
        .secondaryStatUnit('s')
        .arcs([
          new ArcOptionBuilder().field('arc__ok').color('green'),
          new ArcOptionBuilder().field('arc__failed').color('red'),
        ]),
    )
    .edges(new EdgeOptionsBuilder().mainStatUnit('reqps').secondaryStatUnit('s'))
    .noValue('-')
    .overrideByName('detail__errors', [{ id: 'unit', value: 'percentunit' }])
    .overrideByName('detail__p50', [{ id: 'unit', value: 's' }])
    .overrideByName('detail__p99', [{ id: 'unit', value: 's' }])
    .span(24)
    .height(16);
}

function graphNodes(scope: TraceScope): string {
  return `
SELECT
  node AS id,
  node AS title,
  if(calls = 0 OR is_served, '', 'as its callers name it') AS subtitle,
  if(calls = 0, NULL, ${perSec('calls', WINDOW, scope)}) AS mainstat,
  ${percentile(0.99)} AS secondarystat,
  1 - arc__failed AS arc__ok,
  failed / greatest(1, calls) AS arc__failed,
  calls AS detail__calls,
  arc__failed AS detail__errors,
  ${percentile(0.5)} AS detail__p50,
  secondarystat AS detail__p99
FROM (
  ${indented(nodesOf(WINDOW, scope), 2)}
)
ORDER BY calls DESC, id`.trim();
}

function graphEdges(scope: TraceScope): string {
  return `
SELECT
  concat(caller, ' > ', callee, ' ', kind) AS id,
  caller AS source,
  callee AS target,
  ${perSec('calls', WINDOW, scope)} AS mainstat,
  ${percentile(0.99)} AS secondarystat,
  calls AS detail__calls,
  failed / calls AS detail__errors,
  ${percentile(0.5)} AS detail__p50,
  secondarystat AS detail__p99,
  1 + 4 * calls / max(calls) OVER () AS thickness,
  if(failed > 0, '#F2495C', '#8AB8FF') AS color,
  if(kind = 'message', '6 4', '') AS strokeDasharray
FROM (
  ${indented(edgesOf(WINDOW, scope, 'service'), 2)}
)
ORDER BY calls DESC, id
LIMIT ${EDGES_MAX}`.trim();
}

function edgeTable(scope: TraceScope): string {
  return `
SELECT
  caller,
  callee,
  if(is_served, 'service', 'as its callers name it') AS callee_is,
  operation,
  kind,
  calls,
  ${perSec('calls', WINDOW, scope)} AS rate,
  failed / calls AS errors,
  ${percentile(0.5)} AS p50,
  ${percentile(0.95)} AS p95,
  ${percentile(0.99)} AS p99,
  sorted[-1].1 / 1e9 AS max,
  ${percentile(0.5, 'network')} AS network_p50
FROM (
  ${indented(edgesOf(WINDOW, scope, 'operation'), 2)}
)
ORDER BY calls DESC, caller, callee, operation
LIMIT ${EDGES_MAX}`.trim();
}
