import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** What the panel does with the rows; the number is the plugin's own code for it. */
const FORMATS = { timeseries: 0, table: 1, traces: 3 } as const;
export type ClickHouseFormat = keyof typeof FORMATS;

/** The version of the query's shape, as the data source plugin writes it. */
const PLUGIN_VERSION = '4.20.0';

/** The data source that the dashboard's `clickhouse` variable picks; never a fixed one. */
export const CLICKHOUSE: DataSourceRef = {
  type: 'grafana-clickhouse-datasource',
  uid: '${clickhouse}',
};

/** One SQL query in the form of the data source plugin `grafana-clickhouse-datasource`. */
export interface ClickHouseQuery extends Dataquery {
  readonly datasource: DataSourceRef;
  readonly editorType: 'sql';
  readonly queryType: ClickHouseFormat;
  readonly format: number;
  readonly rawSql: string;
  readonly pluginVersion: string;
  readonly refId: string;
}

/**
 * Returns the query of a panel or an annotation. The SDK has builders for many data sources and
 * none for ClickHouse; this one has the same shape as theirs.
 */
export function clickHouseQuery(
  format: ClickHouseFormat,
  rawSql: string,
  refId = 'A',
): Builder<ClickHouseQuery> {
  return {
    build: () => ({
      datasource: CLICKHOUSE,
      editorType: 'sql',
      queryType: format,
      format: FORMATS[format],
      rawSql,
      pluginVersion: PLUGIN_VERSION,
      refId,
      _implementsDataqueryVariant: () => undefined,
    }),
  };
}

/** Returns a choice at the top of the page: the query yields values, or values and their texts. */
export function choice(
  name: string,
  options: { readonly label: string; readonly description: string; readonly sql: string },
): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(options.label)
    .description(options.description)
    .datasource(CLICKHOUSE)
    .query({ refId: name, queryType: 'sql', editorType: 'sql', rawSql: options.sql })
    .definition(options.sql)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.Disabled);
}
