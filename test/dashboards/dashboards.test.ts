import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { METRICS } from '../../src/export/prometheus/index.ts';
import { dashboardOf, dashboards, promQlOf, sqlOf } from './dashboard-model.ts';

const root = join(import.meta.dirname, '../..');

describe.each(dashboards)('%s', (fileName, dashboard) => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  it('is what its source makes', () => {
    const committed = readFileSync(join(root, 'dashboards', fileName), 'utf8');
    expect(committed).toBe(`${JSON.stringify(dashboard, null, 2)}\n`);
  });

  it('is classic JSON that nobody edits in place, with a tag and a description', () => {
    expect(dashboard.schemaVersion).toBe(42);
    expect(dashboard.editable).toBe(false);
    expect(dashboard.tags).toContain('callgauge');
    expect(dashboard.description.length).toBeGreaterThan(20);
  });

  it('numbers its panels from 1, each once', () => {
    expect(dashboard.panels.map(({ id }) => id)).toEqual(dashboard.panels.map((_, i) => i + 1));
  });

  it.each(panels.map((panel) => [panel.title, panel] as const))('explains %s', (_title, panel) => {
    expect(panel.title).not.toBe('');
    expect(panel.description?.length ?? 0).toBeGreaterThan(20);
    expect(panel.fieldConfig?.defaults.unit).toMatch(/^\w+$/u);
    expect(panel.targets?.length ?? 0).toBeGreaterThan(0);
  });

  it('shows a legend on every graph', () => {
    const graphs = panels.filter(({ type }) =>
      ['timeseries', 'state-timeline', 'heatmap'].includes(type),
    );
    expect(graphs.length).toBeGreaterThan(0);
    const hidden = graphs.filter(
      ({ options }) => !(options?.legend?.showLegend ?? options?.legend?.show),
    );
    expect(hidden.map(({ title }) => title)).toEqual([]);
  });

  it('asks no data source but those that its variables pick', () => {
    const picked = dashboard.templating.list
      .filter(({ type }) => type === 'datasource')
      .map(({ name, query }) => ({ type: query, uid: `\${${name}}` }));
    expect(picked).toHaveLength(1);
    const asked = [
      ...panels.flatMap(({ datasource, targets = [] }) => [
        datasource,
        ...targets.map((target) => target.datasource),
      ]),
      ...dashboard.annotations.list.flatMap(({ datasource, target }) => [
        datasource,
        target.datasource,
      ]),
      ...dashboard.templating.list
        .filter(({ type }) => type === 'query')
        .map(({ datasource }) => datasource),
    ];
    for (const source of asked) expect(source).toEqual(picked[0]);
  });

  it('gives every query of a panel its own refId', () => {
    for (const { targets = [] } of panels) {
      const refIds = targets.map(({ refId }) => refId);
      expect(refIds.every((refId) => refId !== '')).toBe(true);
      expect(new Set(refIds).size).toBe(refIds.length);
    }
  });

  it('labels and describes every variable', () => {
    for (const { name, label, description } of dashboard.templating.list) {
      expect([name, label, description].every((text) => text.length > 2)).toBe(true);
    }
  });

  it('shades the fault windows', () => {
    expect(dashboard.annotations.list).toHaveLength(1);
    expect(dashboard.annotations.list[0]).toMatchObject({ enable: true });
    expect(dashboard.annotations.list[0]).not.toHaveProperty('placement');
  });

  it('links to its siblings in the bar, by tag, and keeps the time', () => {
    expect(dashboard.links).toMatchObject([
      { type: 'dashboards', tags: ['callgauge'], keepTime: true },
    ]);
    expect(dashboard.links[0]).not.toHaveProperty('placement');
  });

  it('fills the grid without two panels on one place', () => {
    const cells = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x} ${y}`), `${title} at ${x},${y}`).toBe(false);
          cells.add(`${x} ${y}`);
        }
      }
    }
  });
});

describe('the dashboards together', () => {
  it('have different uids, and every link between pages leads to one of them', () => {
    const uids = dashboards.map(([, { uid }]) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    const linked = dashboards.flatMap(([, dashboard]) =>
      [...JSON.stringify(dashboard).matchAll(/\/d\/([\w-]+)\?/gu)].map(([, uid]) => uid),
    );
    expect(linked.length).toBeGreaterThan(0);
    for (const uid of linked) expect(uids).toContain(uid);
  });
});

describe.each(['run-overview.json', 'services.json'])('%s', (fileName) => {
  const dashboard = dashboardOf(fileName);

  it('sends every query in the form of the ClickHouse plugin', () => {
    const formats = { timeseries: 0, table: 1, traces: 3 } as const;
    for (const { targets = [] } of dashboard.panels) {
      for (const { editorType, queryType, format, rawSql } of targets) {
        expect(editorType).toBe('sql');
        expect(format).toBe(formats[queryType as keyof typeof formats]);
        expect(rawSql).toMatch(/^SELECT\s/u);
      }
    }
  });

  it('hands its node graph the two tables by the names that it knows', () => {
    const graphs = dashboard.panels.filter(({ type }) => type === 'nodeGraph');
    expect(graphs.map(({ targets = [] }) => targets.map(({ refId }) => refId))).toEqual([
      ['nodes', 'edges'],
    ]);
    const [nodes = '', edges = ''] = graphs[0]?.targets?.map(({ rawSql }) => rawSql) ?? [];
    for (const column of ['id', 'title', 'mainstat', 'secondarystat', 'arc__ok', 'arc__failed']) {
      expect(nodes).toContain(` AS ${column},`);
    }
    for (const column of ['id', 'source', 'target', 'mainstat', 'secondarystat', 'thickness']) {
      expect(edges).toContain(` AS ${column},`);
    }
  });

  it('reads spans of the time range or of one trace, and of a bounded number of traces', () => {
    for (const [name, sql] of sqlOf(dashboard)) {
      if (!sql.includes('FROM otel_traces') || /^SELECT\s+TraceId AS traceID/u.test(sql)) continue;
      expect(sql, name).toMatch(/\$__(?:fromTime_ms|timeFilter)|RunId = /u);
      expect(sql, name).toMatch(/LIMIT \d+/u);
    }
  });
});

describe('the run overview', () => {
  const overview = dashboardOf('run-overview.json');

  it('reads one run only, but for the lists of runs', () => {
    const everyRun = sqlOf(overview).filter(([, sql]) => !sql.includes('${run:singlequote}'));
    expect(everyRun.map(([name]) => name)).toEqual([
      'Trace ${trace}',
      'Newest runs',
      'variable run',
    ]);
  });
});

describe('the live view', () => {
  const queries = promQlOf(dashboardOf('live.json'));

  it('asks only for metrics and labels that --metrics serves', () => {
    for (const [name, expr] of queries) {
      const metrics = [...expr.matchAll(/callgauge_\w+/gu)].map(([metric]) => metric);
      expect(metrics.length, name).toBeGreaterThan(0);
      for (const metric of metrics) {
        const known = METRICS.find((entry) =>
          entry.type === 'histogram' ? metric === `${entry.name}_bucket` : metric === entry.name,
        );
        expect(known, `${metric} in ${name}`).toBeDefined();
        const labels = [...expr.matchAll(/(?<=[{,]\s*)(\w+)(?==~?"|!=")/gu)].map(
          ([label]) => label,
        );
        const served = [...(known?.labels ?? []), 'instance', 'le'];
        expect(served, `${name}: ${expr}`).toEqual(expect.arrayContaining(labels));
      }
    }
  });

  it('takes rates of counters only, over the rate interval', () => {
    const rates = queries.flatMap(([name, expr]) =>
      [...expr.matchAll(/(?:rate|increase)\((\w+)\{[^[]*(\[[^\]]*\])/gu)].map(
        ([, metric, range]) => ({ name, metric, range }),
      ),
    );
    expect(rates.length).toBeGreaterThan(5);
    for (const { name, metric, range } of rates) {
      expect(metric, name).toMatch(/_(?:total|bucket)$/u);
      expect(range, name).toBe('[$__rate_interval]');
    }
  });
});
