import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import {
  ADMIN_METRIC,
  adminMetricText,
  metricsText,
  PROXY_METRICS,
} from '../../../src/proxy/admin/admin-metrics.ts';
import type { ProxyState, ProxyStats } from '../../../src/proxy/index.ts';

const PROXY: ProxyState = {
  name: 'pa"y\\\n',
  listen: '127.0.0.1:1',
  upstream: '127.0.0.1:2',
  protocol: 'tcp',
  callerFaults: false,
  enabled: true,
  toxics: [],
};
const STATS: ProxyStats = {
  connections: 7,
  liveConnections: 2,
  refusedConnections: 1,
  failedDials: 3,
  resets: 4,
  pauses: 5,
  malformedRequests: 8,
  bytesUpstream: 100,
  bytesDownstream: 200,
  bytesToUpstream: 90,
  bytesToClients: 180,
  affected: { slow: 6 },
};

describe('metricsText', () => {
  it("writes Toxiproxy's counters with its labels, and callgauge's own", () => {
    const text = metricsText([PROXY], new Map([[PROXY.name, STATS]]));
    const name = String.raw`proxy="pa\"y\\\n"`;
    const labels = `listener="127.0.0.1:1",${name},upstream="127.0.0.1:2"`;
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        '# TYPE toxiproxy_proxy_received_bytes_total counter',
        `toxiproxy_proxy_received_bytes_total{direction="upstream",${labels}} 100`,
        `toxiproxy_proxy_received_bytes_total{direction="downstream",${labels}} 200`,
        `toxiproxy_proxy_sent_bytes_total{direction="upstream",${labels}} 90`,
        `toxiproxy_proxy_sent_bytes_total{direction="downstream",${labels}} 180`,
        `callgauge_proxy_live_connections{${name}} 2`,
        `callgauge_proxy_affected_total{${name},toxic="slow"} 6`,
      ]),
    );
    expect(text.endsWith('\n')).toBe(true);
  });

  it('is empty without proxies', () => {
    expect(metricsText([], new Map())).toBe('');
  });

  it('says how many clients of the API were turned away', () => {
    expect(adminMetricText(3).split('\n').slice(1)).toEqual([
      '# TYPE callgauge_proxy_admin_dropped_connections_total counter',
      'callgauge_proxy_admin_dropped_connections_total 3',
      '',
    ]);
  });

  it('is documented, every metric and no other', () => {
    const page = readFileSync(new URL('../../../docs/reference/proxy.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `((?:toxi|callgauge_)proxy_\w+)` \| (.+) \| (.+) \|$/gmu)];
    expect(rows.map(([, name, labels, help]) => [name, labels, help])).toEqual(
      [...PROXY_METRICS, { ...ADMIN_METRIC, labels: [] }].map(({ name, labels, help }) => [
        name,
        labels.map((label) => `\`${label}\``).join(', ') || 'none',
        help,
      ]),
    );
  });
});
