import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { buildDashboard } from '../dashboard-frame.ts';
import { faultAnnotation, faultsRow } from './faults-row.ts';
import { loadRow } from './load-row.ts';
import { timeRow } from './time-row.ts';
import { liveVariables } from './variables.ts';

/** Returns the view of runs under way, out of the Prometheus that scrapes `--metrics`. */
export function liveView(): Dashboard {
  return buildDashboard({
    uid: 'callgauge-live',
    title: 'callgauge: live',
    description:
      'Runs under way, as Prometheus scrapes them from --metrics: rate, errors, percentiles with ' +
      'intervals, heat map, lag, faults.',
    refresh: '5s',
    timeFrom: 'now-5m',
    variables: liveVariables(),
    annotations: [faultAnnotation()],
    rows: [loadRow(), timeRow(), faultsRow()],
  });
}
