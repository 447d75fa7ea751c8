import { expect } from 'vitest';

import { buildDashboards } from '../../src/dashboards/index.ts';

/** What the tests read of a dashboard, as its JSON file has it. */
export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly panels: readonly PanelModel[];
  readonly templating: { readonly list: readonly VariableModel[] };
  readonly annotations: { readonly list: readonly AnnotationModel[] };
  readonly links: readonly Record<string, unknown>[];
}

export interface PanelModel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: SourceRef;
  readonly targets?: readonly TargetModel[];
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly options?: {
    readonly legend?: { readonly showLegend?: boolean; readonly show?: boolean };
  };
}

export interface TargetModel {
  readonly refId: string;
  readonly datasource: SourceRef;
  readonly rawSql?: string;
  readonly expr?: string;
  readonly format?: unknown;
  readonly queryType?: string;
  readonly editorType?: string;
}

export interface VariableModel {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly type: string;
  readonly datasource?: SourceRef;
  readonly query: string | { readonly rawSql?: string; readonly query?: string };
}

export interface AnnotationModel {
  readonly name: string;
  readonly enable: boolean;
  readonly datasource: SourceRef;
  readonly target: TargetModel;
}

interface SourceRef {
  readonly type: string;
  readonly uid: string;
}

/** Every dashboard by file name, as its JSON reads. */
export const dashboards: readonly (readonly [fileName: string, dashboard: DashboardModel])[] =
  buildDashboards().map(({ fileName, dashboard }) => [
    fileName,
    JSON.parse(JSON.stringify(dashboard)) as DashboardModel,
  ]);

export function dashboardOf(fileName: string): DashboardModel {
  const found = dashboards.find(([name]) => name === fileName);
  expect(found, fileName).toBeDefined();
  return found?.[1] as DashboardModel;
}

/** Every query of a dashboard with a name for messages: panels, annotations, variables. */
export function sqlOf(dashboard: DashboardModel): (readonly [name: string, sql: string])[] {
  const targets = [
    ...dashboard.panels.flatMap((panel) =>
      (panel.targets ?? []).map((target) => [panel.title, target.rawSql] as const),
    ),
    ...dashboard.annotations.list.map(({ name, target }) => [name, target.rawSql] as const),
    ...dashboard.templating.list.map(
      ({ name, query }) =>
        [`variable ${name}`, typeof query === 'string' ? undefined : query.rawSql] as const,
    ),
  ];
  return targets.flatMap(([name, sql]) => (sql === undefined ? [] : [[name, sql] as const]));
}

/** Likewise every PromQL expression; variables ask for label values instead. */
export function promQlOf(dashboard: DashboardModel): (readonly [name: string, expr: string])[] {
  const targets = [
    ...dashboard.panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr, refId }) => [`${panel.title} ${refId}`, expr] as const),
    ),
    ...dashboard.annotations.list.map(({ name, target }) => [name, target.expr] as const),
  ];
  return targets.flatMap(([name, expr]) => (expr === undefined ? [] : [[name, expr] as const]));
}
