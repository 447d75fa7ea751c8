import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { dashboardOf } from '../dashboards/dashboard-model.ts';

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly extra_hosts?: readonly string[];
}

interface DataSource {
  readonly type: string;
  readonly url?: string;
  readonly jsonData: Readonly<Record<string, unknown>>;
}

const root = join(import.meta.dirname, '../..');
const compose = read('docker-compose.yml') as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const { clickhouse, prometheus, grafana } = compose.services;
const sources = (
  read('deploy/grafana/provisioning/datasources/callgauge.yaml') as { datasources: DataSource[] }
).datasources;

describe('docker-compose.yml', () => {
  it('has the store, the scraper and the view', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['clickhouse', 'grafana', 'prometheus']);
  });

  it.each(Object.entries(compose.services))(
    'pins %s, checks it, keeps it to loopback',
    (_name, service) => {
      expect(service.image).toMatch(/:v?\d+\.\d+(?:\.\d+)*@sha256:[0-9a-f]{64}$/u);
      expect(service.healthcheck?.test[0]).toBe('CMD');
      expect(service.ports.length).toBeGreaterThan(0);
      for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/u);
    },
  );

  it('mounts only what is there, read-only, and volumes that it declares', () => {
    for (const volume of Object.values(compose.services).flatMap(({ volumes }) => volumes)) {
      const [from = '', , mode] = volume.split(':');
      if (from.startsWith('./')) {
        expect(existsSync(join(root, from)), volume).toBe(true);
        expect(mode, volume).toBe('ro');
      } else {
        expect(Object.keys(compose.volumes), volume).toContain(from);
      }
    }
  });

  it('starts Grafana once both of its sources are healthy', () => {
    expect(grafana?.depends_on).toEqual({
      clickhouse: { condition: 'service_healthy' },
      prometheus: { condition: 'service_healthy' },
    });
  });

  it('gives Grafana the plugin and the database of its ClickHouse, and a user who can only read', () => {
    const [ours, theirs] = [grafana?.environment ?? {}, clickhouse?.environment ?? {}];
    expect(ours['GF_PLUGINS_PREINSTALL_SYNC']).toMatch(
      /^grafana-clickhouse-datasource@\d+\.\d+\.\d+$/u,
    );
    expect(ours['CLICKHOUSE_DB']).toBe(theirs['CLICKHOUSE_DB']);
    expect(ours['CLICKHOUSE_USER']).not.toBe(theirs['CLICKHOUSE_USER']);
    expect(ours['CLICKHOUSE_PASSWORD']).toBe(theirs['GRAFANA_CLICKHOUSE_PASSWORD']);
    expect(Object.values(ours)).not.toContain(theirs['CLICKHOUSE_PASSWORD']);
    // test/integration/safety-grafana-user.long.test.ts asks a ClickHouse as that user.
    const file = './deploy/clickhouse/grafana-user.xml';
    expect(clickhouse?.volumes).toContain(
      `${file}:/etc/clickhouse-server/users.d/grafana-user.xml:ro`,
    );
    const users = readFileSync(join(root, file), 'utf8');
    expect(users).toContain(`<${ours['CLICKHOUSE_USER']}>`);
    expect(users).toContain('<password from_env="GRAFANA_CLICKHOUSE_PASSWORD"/>');
    expect(users).toContain(`GRANT SELECT ON ${ours['CLICKHOUSE_DB']}.*`);
  });

  it('lets Prometheus reach runs on the host, once a second', () => {
    expect(prometheus?.extra_hosts).toContain('host.docker.internal:host-gateway');
    const config = read('deploy/prometheus/prometheus.yaml') as {
      global: { scrape_interval: string };
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    expect(config.global.scrape_interval).toBe('1s');
    const targets = config.scrape_configs.flatMap(({ static_configs: statics }) =>
      statics.flatMap((entry) => entry.targets),
    );
    for (const target of targets) expect(target).toMatch(/^host\.docker\.internal:\d+$/u);
  });
});

describe('the provisioning of Grafana', () => {
  it('has a data source of every kind that the dashboards ask for', () => {
    const wanted = ['run-overview.json', 'live.json'].flatMap((fileName) =>
      dashboardOf(fileName)
        .templating.list.filter(({ type }) => type === 'datasource')
        .map(({ query }) => query),
    );
    expect(new Set(sources.map(({ type }) => type))).toEqual(new Set(wanted));
  });

  it('points them at the services, with the width of a point that the data have', () => {
    const byType = Object.fromEntries(sources.map((source) => [source.type, source]));
    expect(byType['grafana-clickhouse-datasource']?.jsonData).toMatchObject({
      host: 'clickhouse',
      port: 8123,
      protocol: 'http',
    });
    expect(byType['prometheus']).toMatchObject({
      url: 'http://prometheus:9090',
      jsonData: { timeInterval: '1s' },
    });
  });

  it('refers to no variable that Grafana is not given', () => {
    const text = readFileSync(
      join(root, 'deploy/grafana/provisioning/datasources/callgauge.yaml'),
      'utf8',
    );
    for (const [, name] of text.matchAll(/\$\{(\w+)\}/gu)) {
      expect(grafana?.environment, name).toHaveProperty(name ?? '');
    }
  });

  it('loads the dashboards from where they are mounted', () => {
    const { providers } = read('deploy/grafana/provisioning/dashboards/callgauge.yaml') as {
      providers: { allowUiUpdates: boolean; options: { path: string } }[];
    };
    expect(providers).toHaveLength(1);
    expect(providers[0]?.allowUiUpdates).toBe(false);
    expect(grafana?.volumes).toContain(`./dashboards:${providers[0]?.options.path}:ro`);
  });
});

function read(file: string): unknown {
  return parse(readFileSync(join(root, file), 'utf8'));
}
