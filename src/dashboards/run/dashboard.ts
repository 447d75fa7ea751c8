import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { buildDashboard } from '../dashboard-frame.ts';
import { faultAnnotation, faultsRow } from './faults-row.ts';
import { loadRow } from './load-row.ts';
import { runsRow } from './runs-row.ts';
import { summaryRow } from './summary-row.ts';
import { timeRow } from './time-row.ts';
import { tracesRow } from './traces-row.ts';
import { runVariables } from './variables.ts';

/** Returns the overview of one run out of ClickHouse, while it goes on and ever after. */
export function runOverview(): Dashboard {
  return buildDashboard({
    uid: 'callgauge-run-overview',
    title: 'callgauge: run overview',
    description:
      'One run from its stored histograms and spans: rate, errors, percentiles without bucket ' +
      'error, fault windows, edges and the slowest traces.',
    refresh: '',
    timeFrom: 'now-1h',
    variables: runVariables(),
    annotations: [faultAnnotation()],
    rows: [summaryRow(), loadRow(), timeRow(), faultsRow(), tracesRow(), runsRow()],
  });
}
