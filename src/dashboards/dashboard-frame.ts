import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  RowBuilder,
  type Dashboard,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

export interface DashboardSpec {
  /** Stable, so that bookmarks outlive an upgrade. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** How often the page asks again, `5s` say; '' for never. */
  readonly refresh: string;
  readonly timeFrom: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly annotations: readonly AnnotationSpec[];
  readonly rows: readonly RowSpec[];
}

export interface AnnotationSpec {
  readonly name: string;
  readonly colour: string;
  readonly datasource: DataSourceRef;
  readonly query: Builder<Dataquery>;
  /** For data sources whose rows do not carry their own text: templates over the labels. */
  readonly labels?: { readonly title: string; readonly text: string; readonly tagKeys: string };
}

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

/** Every dashboard of ours carries it; the links between them go by it. */
const TAG = 'callgauge';

/**
 * Returns a whole dashboard in Grafana's classic JSON: read-only, panels numbered from 1 in reading
 * order, links to its siblings in the bar on top.
 */
export function buildDashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG])
    .readonly()
    .refresh(spec.refresh)
    .time({ from: spec.timeFrom, to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...spec.variables])
    .annotations(spec.annotations.map(annotation))
    .link(
      new DashboardLinkBuilder('callgauge dashboards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .tooltip('The other dashboards of callgauge')
        .icon('external link')
        .keepTime(true),
    );
  for (const row of spec.rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return finished(builder.build());
}

/** Returns the variable by which a dashboard's data source is chosen. */
export function dataSourceVariable(
  name: string,
  options: { readonly label: string; readonly plugin: string },
): Builder<VariableModel> {
  return new DatasourceVariableBuilder(name)
    .label(options.label)
    .description(`Where the numbers of this dashboard come from (${options.plugin})`)
    .type(options.plugin);
}

function annotation(spec: AnnotationSpec): AnnotationQueryBuilder {
  const query = new AnnotationQueryBuilder()
    .name(spec.name)
    .iconColor(spec.colour)
    .datasource(spec.datasource)
    .target(spec.query)
    .enable(true);
  if (spec.labels === undefined) return query;
  const { title, text, tagKeys } = spec.labels;
  return query.titleFormat(title).textFormat(text).tagKeys(tagKeys);
}

/**
 * The SDK leaves panel ids out, and puts links and annotations into a menu; both belong in the bar,
 * where a reader sees them.
 */
function finished(dashboard: Dashboard): Dashboard {
  let id = 0;
  for (const panel of dashboard.panels ?? []) panel.id = ++id;
  for (const link of dashboard.links ?? []) delete link.placement;
  for (const query of dashboard.annotations.list ?? []) delete query.placement;
  return dashboard;
}
