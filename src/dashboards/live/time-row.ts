import {
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder as HeatmapPanel,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';

import type { RowSpec } from '../dashboard-frame.ts';
import { timeSeries } from '../panels.ts';
import { heatmapQuery, PROMETHEUS, rangeQuery } from '../prometheus-query.ts';
import { OF_THE_INSTANCE, OF_THE_STEPS } from './fragments.ts';

/** Returns the row of the clocks of a call: percentiles with their intervals, and the heat map. */
export function timeRow(): RowSpec {
  return {
    title: 'Response and service time',
    panels: [responseTime(), serviceTime(), heatMap(), samples(), lag()],
  };
}

function responseTime() {
  return timeSeries({
    title: 'Response time, with intervals',
    description:
      'From the intended start to the end, since the start of the phase, computed from the ' +
      "run's own histograms. Dashed: the ends of the 95% interval. A percentile that the sample " +
      'cannot carry yet is absent.',
    unit: 's',
    datasource: PROMETHEUS,
    queries: [
      rangeQuery(`callgauge_response_time_quantile_seconds{${OF_THE_STEPS}}`, {
        legend: '{{phase}} {{step}} p{{percentile}}',
      }),
      rangeQuery(`callgauge_response_time_quantile_lower_seconds{${OF_THE_STEPS}}`, {
        legend: '{{phase}} {{step}} p{{percentile}} lower',
        refId: 'B',
      }),
      rangeQuery(`callgauge_response_time_quantile_upper_seconds{${OF_THE_STEPS}}`, {
        legend: '{{phase}} {{step}} p{{percentile}} upper',
        refId: 'C',
      }),
    ],
    size: [12, 10],
  })
    .overrideByQuery('B', DASHED)
    .overrideByQuery('C', DASHED);
}

function serviceTime() {
  return timeSeries({
    title: 'Service time',
    description: 'From sending to the end, since the start of the phase: what the target took.',
    unit: 's',
    datasource: PROMETHEUS,
    queries: [
      rangeQuery(`callgauge_service_time_quantile_seconds{${OF_THE_STEPS}}`, {
        legend: '{{phase}} {{step}} p{{percentile}}',
      }),
    ],
    size: [12, 10],
  });
}

function heatMap() {
  return new HeatmapPanel()
    .title('Response time, heat map')
    .description(
      'Where the response times of each moment lie. Limited by its buckets, which grow by a factor ' +
        'of 1.2: read percentiles from the graphs above, not from here.',
    )
    .unit('s')
    .datasource(PROMETHEUS)
    .targets([
      heatmapQuery(
        `sum by (le) (increase(callgauge_response_time_seconds_bucket{${OF_THE_STEPS}}[$__rate_interval]))`,
      ),
    ])
    .span(24)
    .height(9)
    .interval('1s')
    .calculate(false)
    .cellGap(0)
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .steps(64)
        .exponent(0.5),
    )
    .yAxis(new YAxisConfigBuilder().unit('s'))
    .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(2))
    .showLegend();
}

function samples() {
  return timeSeries({
    title: 'Sample sizes',
    description:
      'Calls that the percentiles of a phase rest on: 368 are needed for an interval of p99, 3,688 ' +
      'for p99.9, 36,887 for p99.99.',
    unit: 'short',
    datasource: PROMETHEUS,
    queries: [
      rangeQuery(`callgauge_response_time_samples{${OF_THE_STEPS}}`, {
        legend: '{{phase}} {{step}}',
      }),
    ],
    size: [12, 8],
  });
}

function lag() {
  return timeSeries({
    title: 'Generator lag',
    description:
      "The generator's own delay since the start of the phase. Large against the response times: " +
      'the machine that sends is saturated, and the run proves nothing.',
    unit: 's',
    datasource: PROMETHEUS,
    queries: [
      rangeQuery(`callgauge_lag_quantile_seconds{${OF_THE_INSTANCE}}`, {
        legend: '{{phase}} p{{percentile}}',
      }),
    ],
    size: [12, 8],
  });
}

const DASHED = [
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [4, 4] } },
  { id: 'custom.fillOpacity', value: 0 },
];
