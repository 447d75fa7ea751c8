import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  DataqueryBuilder,
  PromQueryFormat,
  QueryEditorMode,
} from '@grafana/grafana-foundation-sdk/prometheus';

/** The data source that the dashboard's `prometheus` variable picks; never a fixed one. */
export const PROMETHEUS: DataSourceRef = { type: 'prometheus', uid: '${prometheus}' };

export interface PrometheusQueryOptions {
  /** The series' names in the legend, `{{step}}` say. */
  readonly legend?: string;
  readonly refId?: string;
}

/** Returns a query over the time range of the page. */
export function rangeQuery(expr: string, options: PrometheusQueryOptions = {}): DataqueryBuilder {
  return query(expr, options).range().format(PromQueryFormat.TimeSeries);
}

/** Returns a query of the buckets of a classic histogram, one row of a heat map each. */
export function heatmapQuery(expr: string): DataqueryBuilder {
  return query(expr, { legend: '{{le}}' }).range().format(PromQueryFormat.Heatmap);
}

/** Returns a query of the newest values, as the rows of a table. */
export function instantQuery(expr: string, options: PrometheusQueryOptions = {}): DataqueryBuilder {
  return query(expr, options).instant().format(PromQueryFormat.Table);
}

function query(expr: string, { legend, refId = 'A' }: PrometheusQueryOptions): DataqueryBuilder {
  const builder = new DataqueryBuilder()
    .expr(expr)
    .refId(refId)
    .datasource(PROMETHEUS)
    .editorMode(QueryEditorMode.Code);
  return legend === undefined ? builder : builder.legendFormat(legend);
}
