import type { ProxyState } from '../proxy-control.ts';
import type { ProxyStats } from '../proxy-stats.ts';

/** A metric of the admin API's /metrics. */
export interface ProxyMetric {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labels: readonly string[];
  /** Returns its samples for one proxy: label values in the order of `labels`, and the value. */
  samples(proxy: ProxyState, stats: ProxyStats): readonly ProxySample[];
}

/** One line of a metric. */
export interface ProxySample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** Toxiproxy's two, under their names and labels, then callgauge's own. */
export const PROXY_METRICS: readonly ProxyMetric[] = [
  {
    name: 'toxiproxy_proxy_received_bytes_total',
    help: 'Bytes read: upstream from clients, downstream from the upstream.',
    kind: 'counter',
    labels: ['direction', 'listener', 'proxy', 'upstream'],
    samples: (proxy, stats) => byDirection(proxy, stats.bytesUpstream, stats.bytesDownstream),
  },
  {
    name: 'toxiproxy_proxy_sent_bytes_total',
    help: 'Bytes written: upstream to the upstream, downstream to clients.',
    kind: 'counter',
    labels: ['direction', 'listener', 'proxy', 'upstream'],
    samples: (proxy, stats) => byDirection(proxy, stats.bytesToUpstream, stats.bytesToClients),
  },
  ofProxy('enabled', 'gauge', 'Whether the proxy is enabled.', (_, { enabled }) => Number(enabled)),
  ofProxy('connections_total', 'counter', 'Connections accepted.', (stats) => stats.connections),
  ofProxy(
    'live_connections',
    'gauge',
    'Connections that are open now.',
    (stats) => stats.liveConnections,
  ),
  ofProxy(
    'refused_connections_total',
    'counter',
    'Connections turned away because the bound of live ones, or of descriptors, was reached.',
    (stats) => stats.refusedConnections,
  ),
  ofProxy(
    'failed_dials_total',
    'counter',
    'Connections closed because the upstream could not be reached.',
    (stats) => stats.failedDials,
  ),
  ofProxy('resets_total', 'counter', 'Connections that a toxic reset.', (stats) => stats.resets),
  ofProxy(
    'pauses_total',
    'counter',
    'Times that reading was paused because the other side or a toxic held too much.',
    (stats) => stats.pauses,
  ),
  ofProxy(
    'malformed_requests_total',
    'counter',
    'Connections closed because a request was malformed or past a bound.',
    (stats) => stats.malformedRequests,
  ),
  {
    name: 'callgauge_proxy_affected_total',
    help: 'Connections, or HTTP requests, that met a toxic.',
    kind: 'counter',
    labels: ['proxy', 'toxic'],
    samples: ({ name }, stats) =>
      Object.entries(stats.affected).map(([toxic, value]) => ({
        labels: [name, toxic],
        value,
      })),
  },
];

/** Returns the text of /metrics, in Prometheus's format; of a proxy without stats nothing. */
export function metricsText(
  proxies: readonly ProxyState[],
  stats: ReadonlyMap<string, ProxyStats>,
): string {
  return PROXY_METRICS.flatMap((metric) => {
    const samples = proxies.flatMap((proxy) => {
      const passed = stats.get(proxy.name);
      return passed === undefined ? [] : metric.samples(proxy, passed);
    });
    if (samples.length === 0) return [];
    return [
      `# HELP ${metric.name} ${metric.help}`,
      `# TYPE ${metric.name} ${metric.kind}`,
      ...samples.map(({ labels, value }) => `${metric.name}{${pairs(metric, labels)}} ${value}`),
    ];
  })
    .concat('')
    .join('\n');
}

/** The one metric of the API itself. */
export const ADMIN_METRIC = {
  name: 'callgauge_proxy_admin_dropped_connections_total',
  help: 'Connections to the admin API closed because too many were open.',
};

/** Returns its lines. */
export function adminMetricText(dropped: number): string {
  const { name, help } = ADMIN_METRIC;
  return `# HELP ${name} ${help}\n# TYPE ${name} counter\n${name} ${dropped}\n`;
}

function byDirection(proxy: ProxyState, upstream: number, downstream: number): ProxySample[] {
  const { listen, name } = proxy;
  return [
    { labels: ['downstream', listen, name, proxy.upstream], value: downstream },
    { labels: ['upstream', listen, name, proxy.upstream], value: upstream },
  ];
}

function ofProxy(
  name: string,
  kind: ProxyMetric['kind'],
  help: string,
  valueOf: (stats: ProxyStats, proxy: ProxyState) => number,
): ProxyMetric {
  return {
    name: `callgauge_proxy_${name}`,
    help,
    kind,
    labels: ['proxy'],
    samples: (proxy, stats) => [{ labels: [proxy.name], value: valueOf(stats, proxy) }],
  };
}

function pairs(metric: ProxyMetric, values: readonly string[]): string {
  return metric.labels.map((label, i) => `${label}="${escaped(values[i] ?? '')}"`).join(',');
}

/** As Prometheus reads a label's value. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
