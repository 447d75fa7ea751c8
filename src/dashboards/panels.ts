import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  type DataSourceRef,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';

/** What every panel of ours has: nothing is shown without a title, an explanation and a unit. */
export interface PanelSpec {
  readonly title: string;
  /** Says what is counted, from when to when, and what is left out. */
  readonly description: string;
  /** An id of Grafana's unit list: `s`, `reqps`, `percentunit`, `short`. */
  readonly unit: string;
  readonly datasource: DataSourceRef;
  readonly queries: readonly Builder<Dataquery>[];
  /** Width in the grid's 24 columns, and height in rows. */
  readonly size: readonly [width: number, height: number];
}

/** Returns a graph over time with its legend as a table of last and highest values below it. */
export function timeSeries(spec: PanelSpec): TimeSeriesPanel {
  return new TimeSeriesPanel()
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(spec.datasource)
    .targets([...spec.queries])
    .span(spec.size[0])
    .height(spec.size[1])
    .interval('1s')
    .min(0)
    .lineWidth(1)
    .fillOpacity(8)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    );
}

/** Returns a table; units that differ from the panel's are overridden by column. */
export function table(
  spec: PanelSpec,
  columnUnits: Readonly<Record<string, string>> = {},
): TablePanel {
  const panel = new TablePanel()
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(spec.datasource)
    .targets([...spec.queries])
    .span(spec.size[0])
    .height(spec.size[1])
    .showHeader(true)
    .filterable(true)
    .noValue('-');
  for (const [column, unit] of Object.entries(columnUnits)) {
    panel.overrideByName(column, [{ id: 'unit', value: unit }]);
  }
  return panel;
}

/**
 * Returns one number, large. `field` is the column of a percentile that is empty where the sample
 * cannot carry it; without one the query has a single column.
 */
export function singleNumber(spec: PanelSpec, field?: string): StatPanel {
  const panel = new StatPanel()
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(spec.datasource)
    .targets([...spec.queries])
    .span(spec.size[0])
    .height(spec.size[1])
    .noValue(field === undefined ? 'no data' : 'sample too small');
  return field === undefined
    ? panel
    : panel.reduceOptions({
        build: () => ({ calcs: ['lastNotNull'], fields: `/^${field}$/` }),
      });
}

/** One colour per outcome, the same in every panel. */
const OUTCOME_COLOURS = {
  ok: 'green',
  status: 'orange',
  timeout: 'purple',
  transport: 'red',
  check: 'yellow',
  rejected: 'dark-red',
  fallback: 'blue',
  cancelled: 'text',
} as const;

/** Returns the overrides that give every outcome's series its colour. */
export function outcomeColours(): {
  readonly name: string;
  readonly properties: DynamicConfigValue[];
}[] {
  return Object.entries(OUTCOME_COLOURS).map(([name, fixedColor]) => ({
    name,
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
  }));
}
