import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { NS_PER_MS, NS_PER_SEC, sleep, systemClock } from '../../src/core/index.ts';
import { expandMacros } from '../../src/dashboards/index.ts';
import { startMetricsServer, type MetricsServer } from '../../src/export/prometheus/index.ts';
import { dashboardOf, promQlOf } from '../dashboards/dashboard-model.ts';
import { freePort } from './free-port.ts';
import { isInstalled } from './installed-parts.ts';
import {
  countersOf,
  FAILED_PER_SECOND,
  histogramsOf,
  OK_PER_SECOND,
  RUN_ID,
  STEPS,
} from '../dashboards/synthetic-run.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const clock = systemClock();

const installed = ['prometheus', 'promtool'].every((part) => isInstalled(part, ['--version']));

describe.skipIf(!installed)('against a real Prometheus', () => {
  const live = dashboardOf('live.json');
  let folder: string;
  let metrics: MetricsServer;
  let prometheus: ChildProcess;
  let api: string;
  /** When all of it was known: what was scraped up to then stays so, whatever comes later. */
  let knownSec: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callgauge-prometheus-'));
    metrics = await startMetricsServer({
      port: 0,
      clock,
      runId: RUN_ID,
      scenario: 'checkout',
      targetOf: () => 'orders',
      quantilesOf: ({ valueNs }) => {
        const sec = (valueNs.at(-1) ?? 0) / NS_PER_SEC;
        return [{ quantile: 0.99, valueSec: sec, lowSec: sec * 0.9, highSec: sec * 1.1 }];
      },
    });
    const port = await freePort();
    api = `http://127.0.0.1:${port}`;
    const config = join(folder, 'prometheus.yml');
    await writeFile(config, scrapeConfig(new URL(metrics.url).host));
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    await feedUntilRatesAreKnown();
  });

  afterAll(async () => {
    if (prometheus?.exitCode === null) {
      const exited = new Promise((resolve) => prometheus.once('exit', resolve));
      prometheus.kill();
      await exited;
    }
    await metrics?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it.each(promQlOf(live))('%s returns series', async (_name, expr) => {
    const result = await query(
      expandMacros(expr, {
        fromMs: (knownSec - 60) * 1_000,
        toMs: knownSec * 1_000,
        intervalSec: 1,
        variables: { instance: new URL(metrics.url).host, step: STEPS },
      }),
    );
    expect(result.length).toBeGreaterThan(0);
    for (const { value } of result) expect(value[1]).not.toBe('NaN');
  });

  it('sees as many answers of a status as came', async () => {
    const series = await query('sum by (status) (callgauge_answers_total{target="orders"})');
    expect(series).toHaveLength(2);
    const shares = await query(
      'sum(callgauge_answers_total{status="503"}) / sum(callgauge_answers_total)',
    );
    const { status } = FAILED_PER_SECOND;
    expect(Number(shares[0]?.value[1])).toBeCloseTo(status / (status + OK_PER_SECOND), 9);
  });

  it('finds a choice for every variable', async () => {
    for (const variable of live.templating.list.filter(({ type }) => type === 'query')) {
      const text = typeof variable.query === 'string' ? '' : (variable.query.query ?? '');
      const [, metric, label] = /^label_values\((.+), (\w+)\)$/u.exec(text) ?? [];
      const expanded = expandMacros(metric ?? '', {
        fromMs: 0,
        toMs: 0,
        intervalSec: 1,
        variables: { instance: '.*' },
      }).replaceAll('\\', '');
      const series = await query(`count by (${label}) (${expanded})`);
      expect(series.length, variable.name).toBeGreaterThan(0);
    }
  });

  it('is served metrics that promtool finds no fault with', async () => {
    const text = await (await fetch(metrics.url)).text();
    expect(await promtool(['check', 'metrics'], text)).toBe('');
  });

  it('would start on the configuration of docker-compose.yml', async () => {
    const file = join(root, 'deploy/prometheus/prometheus.yaml');
    expect(await promtool(['check', 'config', file])).toContain('SUCCESS');
  });

  /** One second of the synthetic run per second of real time, until a rate has its points. */
  async function feedUntilRatesAreKnown(): Promise<void> {
    for (let second = 0; second < 200; second++) {
      metrics.update({
        histograms: histogramsOf(second),
        counters: countersOf(second),
        connectErrors: [],
        wantedRatePerSec: 50,
        faults: [
          {
            fault: 'stall',
            placeKind: 'proxy',
            place: 'payment',
            effect: 'latency',
            active: second > 1,
          },
        ],
      });
      await sleep(clock, NS_PER_SEC);
      knownSec = (clock.originEpochMs + clock.nowNs() / NS_PER_MS) / 1_000;
      const rates = await query('rate(callgauge_arrivals_total[4s])').catch(() => []);
      const active = await query('callgauge_fault_active == 1').catch(() => []);
      if (second >= 6 && rates.length > 0 && active.length > 0) return;
    }
    throw new Error('Prometheus has scraped nothing in 200 s');
  }

  async function query(expr: string): Promise<{ value: [number, string] }[]> {
    const asked = new URLSearchParams({ query: expr, time: String(knownSec) });
    const response = await fetch(`${api}/api/v1/query?${asked.toString()}`);
    const body = (await response.json()) as {
      error?: string;
      data?: { result: { value: [number, string] }[] };
    };
    if (!body.data) throw new Error(`${body.error ?? response.status}: ${expr}`);
    return body.data.result;
  }
});

function scrapeConfig(target: string): string {
  return [
    'global: { scrape_interval: 1s, scrape_timeout: 1s }',
    'scrape_configs:',
    `  - { job_name: callgauge, static_configs: [{ targets: ['${target}'] }] }`,
    '',
  ].join('\n');
}

/** Returns everything that promtool printed; fails where it exits with anything but 0. */
async function promtool(args: readonly string[], input = ''): Promise<string> {
  const running = run('promtool', [...args]);
  running.child.stdin?.end(input);
  const { stdout, stderr } = await running;
  return stdout + stderr;
}
