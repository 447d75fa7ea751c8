import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { dataSourceVariable } from '../dashboard-frame.ts';
import { PROMETHEUS } from '../prometheus-query.ts';
import { OF_THE_INSTANCE } from './fragments.ts';

/** Returns the choices at the top of the page, each narrowed by those before it. */
export function liveVariables(): Builder<VariableModel>[] {
  return [
    dataSourceVariable('prometheus', { label: 'Prometheus', plugin: 'prometheus' }),
    choice('instance', {
      label: 'Process',
      description: 'The callgauge processes that are scraped: host and port of --metrics',
      query: 'label_values(callgauge_run_info, instance)',
    }),
    choice('step', {
      label: 'Step',
      description: 'Steps of the runs',
      query: `label_values(callgauge_calls_total{${OF_THE_INSTANCE}}, step)`,
    }),
  ];
}

function choice(
  name: string,
  options: { readonly label: string; readonly description: string; readonly query: string },
): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(options.label)
    .description(options.description)
    .datasource(PROMETHEUS)
    .query({ refId: name, query: options.query })
    .definition(options.query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ text: 'All', value: '$__all' });
}
