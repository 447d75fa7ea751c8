import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { liveView } from './live/dashboard.ts';
import { runOverview } from './run/dashboard.ts';
import { servicesView } from './services/dashboard.ts';

export interface DashboardFile {
  /** The name of the file under `/dashboards`. */
  readonly fileName: string;
  readonly dashboard: Dashboard;
}

/**
 * Returns every dashboard of callgauge, built anew: the files under `/dashboards`, byte for byte.
 */
export function buildDashboards(): readonly DashboardFile[] {
  return [
    { fileName: 'run-overview.json', dashboard: runOverview() },
    { fileName: 'services.json', dashboard: servicesView() },
    { fileName: 'live.json', dashboard: liveView() },
  ];
}
