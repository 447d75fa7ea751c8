import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';

import type { AnnotationSpec, RowSpec } from '../dashboard-frame.ts';
import { timeSeries } from '../panels.ts';
import { PROMETHEUS, rangeQuery } from '../prometheus-query.ts';
import { OF_THE_INSTANCE } from './fragments.ts';

/** Returns the times in which a fault is active, as shaded regions of every graph. */
export function faultAnnotation(): AnnotationSpec {
  return {
    name: 'Active faults',
    colour: 'red',
    datasource: PROMETHEUS,
    query: rangeQuery(`callgauge_fault_active{${OF_THE_INSTANCE}} == 1`, {
      refId: 'faults',
    }),
    labels: { title: '{{fault}}', text: '{{effect}} on {{place}}', tagKeys: 'fault,effect,place' },
  };
}

/** Returns the row of the active faults, and of what else went wrong beside the calls. */
export function faultsRow(): RowSpec {
  return {
    title: 'Faults and losses',
    panels: [
      new StateTimelinePanel()
        .title('Active faults')
        .description('When each fault of the scenario was active.')
        .unit('short')
        .datasource(PROMETHEUS)
        .targets([
          rangeQuery(`callgauge_fault_active{${OF_THE_INSTANCE}}`, {
            legend: '{{fault}} ({{effect}} on {{place}})',
          }),
        ])
        .span(12)
        .height(8)
        .interval('1s')
        .mappings([
          {
            type: MappingType.ValueToText,
            options: {
              '0': { text: 'off', color: 'transparent', index: 0 },
              '1': { text: 'active', color: 'red', index: 1 },
            },
          },
        ])
        .legend(new VizLegendOptionsBuilder().showLegend(true)),
      timeSeries({
        title: 'Losses',
        description:
          'Answers that came after their attempt had timed out, later steps that were not sent ' +
          'since an earlier one failed, and connections opened again; per second.',
        unit: 'cps',
        datasource: PROMETHEUS,
        queries: [
          loss('late_responses', 'late responses', 'A'),
          loss('abandoned_steps', 'abandoned steps', 'B'),
          loss('reconnects', 'reconnects', 'C'),
        ],
        size: [12, 8],
      }),
    ],
  };
}

function loss(counter: string, legend: string, refId: string) {
  return rangeQuery(`sum(rate(callgauge_${counter}_total{${OF_THE_INSTANCE}}[$__rate_interval]))`, {
    legend,
    refId,
  });
}
