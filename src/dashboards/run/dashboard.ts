import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { buildDashboard } from '../dashboard-frame.ts';
import { graphRow } from '../services/graph-row.ts';
import { incidentRow } from '../services/incident-row.ts';
import type { TraceScope } from '../services/trace-window.ts';
import { faultAnnotation, faultsRow } from './faults-row.ts';
import { OF_THE_RUN } from './fragments.ts';
import { loadRow } from './load-row.ts';
import { runsRow } from './runs-row.ts';
import { summaryRow } from './summary-row.ts';
import { timeRow } from './time-row.ts';
import { tracesRow } from './traces-row.ts';
import { runVariables } from './variables.ts';

/** Traces that the run minted. */
const SCOPE: TraceScope = { ofSpans: OF_THE_RUN, ofTraces: 'true' };

/** Returns the overview of one run out of ClickHouse, while it goes on and ever after. */
export function runOverview(): Dashboard {
  return buildDashboard({
    uid: 'callgauge-run-overview',
    title: 'callgauge: run overview',
    description:
      'One run from its stored histograms and spans: rate, errors, percentiles without bucket ' +
      'error, fault windows, the service graph, what changed, and the slowest traces.',
    refresh: '',
    timeFrom: 'now-1h',
    variables: runVariables(),
    annotations: [faultAnnotation()],
    rows: [
      summaryRow(),
      loadRow(),
      timeRow(),
      faultsRow(),
      graphRow(SCOPE),
      incidentRow(SCOPE, '${run:queryparam}&${step:queryparam}'),
      tracesRow(),
      runsRow(),
    ],
  });
}
