import { describe, expect, it } from 'vitest';
import { STACKS } from '../../../src/advise/stacks/index.ts';
import { AGAIN, compared, inUse, ONCE, rpcTuning, tuningOf } from './sample-tunings.ts';

describe('a file that no export made', () => {
  const tuning = tuningOf([AGAIN, ONCE]);

  it('of Envoy is read as a whole, by cluster, path and method, with its defaults named', () => {
    const text = `
static_resources:
  listeners:
    - filter_chains:
        - filters:
            - typed_config:
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                        - match: { path: /api/stock, headers: [{ name: ":method", string_match: { exact: POST } }] }
                          route: { cluster: inventory, timeout: 1s }
                        - match: { prefix: /api/ }
                          route:
                            cluster: inventory
                            retry_policy: { retry_on: "5xx" }
  clusters:
    - name: inventory
      connect_timeout: 0.25s
      outlier_detection: { base_ejection_time: 10s }
`;
    const { stack, differences, missing, others } = compared(tuning, text);
    expect(stack).toBe('Envoy');
    expect(missing).toEqual(['orders → payment  GET /api/cards']);
    expect(others).toEqual(['inventory /api/stock, line 12']);
    expect(differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'attempts', inUse: '2, the default', line: 14 }),
        expect.objectContaining({ name: 'total deadline', inUse: '15000 ms, the default' }),
        expect.objectContaining({ name: 'first wait, at most', inUse: '25 ms, the default' }),
      ]),
    );
    const names = differences.map(({ name }) => name);
    expect(names).not.toContain('connect timeout');
    expect(names).not.toContain('sent again');
    expect(differences).toContainEqual(
      expect.objectContaining({ name: 'breaker opens after, in a row', inUse: '5' }),
    );
  });

  it('of gRPC is read by the names of its methods, in whole or in part', () => {
    const text = JSON.stringify({
      methodConfig: [
        { name: [{ service: 'shop.Other' }], timeout: '1s' },
        { name: [{ service: 'shop.Stock' }], timeout: '0.5s' },
      ],
    });
    const { differences, stack } = compared(rpcTuning(), text);
    expect(stack).toBe('gRPC service config');
    expect(differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'total deadline', inUse: '500 ms' }),
        expect.objectContaining({ name: 'attempts', inUse: '1' }),
      ]),
    );
  });

  it('of Istio is read by hosts and matches', () => {
    const text = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: inventory }
spec:
  hosts: [inventory.shop.svc.cluster.local]
  http:
    - match: [{ uri: { prefix: /api } }]
      route: [{ destination: { host: inventory.shop.svc.cluster.local } }]
      timeout: 3s
`;
    const { differences, stack } = compared(tuning, text);
    expect(stack).toBe('Istio');
    expect(differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'total deadline', inUse: '3000 ms', line: 8 }),
        expect.objectContaining({ name: 'sent again', inUse: 'failed connects, the default' }),
      ]),
    );
  });

  it('of HAProxy is read by the names of backends, with what its defaults section says', () => {
    const text = `
defaults
  timeout connect 5000
  timeout server 30s
backend inventory
  balance roundrobin
  timeout server 2s
  server a 10.0.0.1:80 maxconn 30 check
`;
    const { differences, stack } = compared(tuning, text);
    expect(stack).toBe('HAProxy');
    expect(differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'attempt timeout', inUse: '2000 ms', line: 5 }),
        expect.objectContaining({ name: 'connect timeout', inUse: '5000 ms' }),
        expect.objectContaining({ name: 'calls at once', inUse: '30' }),
        expect.objectContaining({ name: 'attempts', inUse: '4, the default' }),
      ]),
    );
  });
});

const STOCK = 'inventory GET /api/stock';
const CARDS = 'payment GET /api/cards';
const CHARGES = 'payment POST /api/charges';

describe('an nginx.conf', () => {
  const WHOLE = `
worker_processes auto;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  proxy_connect_timeout 3;          # seconds
  limit_conn_zone $server_name zone=all:1m;
  limit_req_zone $binary_remote_addr zone=each:10m rate=10r/s;
  upstream inventory_servers {
    server inventory:8080 max_fails=1 fail_timeout=10s;
    server inventory-2:8080;
  }
  server {
    listen 80;
    proxy_read_timeout 1m 30s;
    location / {
      proxy_pass http://inventory_servers;
      limit_req zone=each burst=5;
    }
    location ~ \\.php$ { proxy_pass http://payment; }
    location /pay/ {
      proxy_pass http://payment/api/;
      proxy_next_upstream error timeout http_503;
      proxy_next_upstream_tries 2;
      proxy_next_upstream_timeout 5s;
      proxy_read_timeout 500ms;
      limit_conn all 40;
    }
  }
}
`;
  it('is read by upstreams and paths, with what its blocks inherit', () => {
    const { stack, byEdge, beside, others } = inUse(WHOLE);
    expect(stack).toBe('nginx');
    expect(byEdge[STOCK]).toMatchObject({
      attempts: '2, the default',
      'attempt timeout': '90000 ms',
      'connect timeout': '3000 ms',
      'total deadline': 'not said',
    });
    expect(byEdge[CARDS]).toMatchObject({
      attempts: '2',
      'sent again': 'any failure that may pass',
      'attempt timeout': '500 ms',
      'total deadline': '5000 ms',
      'calls at once': '40',
    });
    // nginx itself sends no POST again once it was sent.
    expect(byEdge[CHARGES]).toMatchObject({ 'sent again': 'failed connects' });
    const texts = beside.filter(({ edge }) => edge.includes('inventory')).map(({ text }) => text);
    expect(texts).toEqual([
      'proxy_next_upstream error timeout: a 503 is passed on',
      'server inventory:8080 max_fails=1 fail_timeout=10s',
      'a limit of zone=each burst=5, by $binary_remote_addr zone=each:10m rate=10r/s',
    ]);
    expect(others).toEqual([expect.stringContaining('payment ~')]);
  });

  it('is refused where it includes what it has not, and read as nginx -T prints it', () => {
    const main = 'http {\n  include conf.d/*.conf;\n  proxy_read_timeout 2s;\n}\n';
    const part = 'server { location /api/ { proxy_pass http://inventory; } }\n';
    expect(() => inUse(`${main}${part}`)).toThrow(
      '--current in-use.conf: include conf.d/*.conf (line 2) names what is not in the file',
    );
    const printed = `# configuration file /etc/nginx/nginx.conf:\n${main}\n# configuration file /etc/nginx/conf.d/shop.conf:\n${part}`;
    const { differences } = compared(tuningOf([AGAIN]), printed);
    expect(differences).toContainEqual(
      expect.objectContaining({ name: 'attempt timeout', inUse: '2000 ms', line: 8 }),
    );
  });

  it.each(['include a;'.repeat(3), 'location / { proxy_pass http://x', '}}}{{{ proxy_pass a;'])(
    'that is broken (%j) is refused',
    (text) => {
      expect(() => inUse(text)).toThrow('--current in-use.conf');
    },
  );
});

it('a declarative file of Kong is read by services, their routes and plugins, apart or within', () => {
  const { stack, byEdge, missing } = inUse(`
_format_version: "3.0"
services:
  - name: stock-v1
    url: http://inventory:8080/api
    retries: 1
    read_timeout: 2000
    plugins: [{ name: rate-limiting, config: { minute: 600, policy: local } }]
    routes:
      - { name: stock, paths: [/stock] }
  - name: payment
    host: payment.shop.svc
    connect_timeout: 1000
routes:
  - { name: cards, service: { name: payment }, paths: [/api/cards], strip_path: false, methods: [GET] }
`);
  expect(stack).toBe('Kong');
  expect(missing).toEqual(['orders → payment  POST /api/charges']);
  expect(byEdge[STOCK]).toMatchObject({
    attempts: '2',
    'attempt timeout': '2000 ms',
    'connect timeout': '60000 ms, the default',
    'calls a second': '10',
  });
  expect(byEdge[CARDS]).toMatchObject({
    attempts: '6, the default',
    'sent again': 'any failure that may pass',
    'connect timeout': '1000 ms',
  });
});

it('routes and services of Linkerd are read by their annotations, the route’s first', () => {
  const { stack, byEdge, beside } = inUse(`
apiVersion: v1
kind: Service
metadata:
  name: payment
  annotations:
    prometheus.io/scrape: "true"
    retry.linkerd.io/http: 5xx
    timeout.linkerd.io/idle: 30s
    balancer.linkerd.io/failure-accrual: consecutive
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: stock
  annotations: { timeout.linkerd.io/request: 3s }
spec:
  parentRefs: [{ kind: Service, name: inventory }]
  rules:
    - matches: [{ path: { type: Exact, value: /other } }, { path: { value: /api } }]
`);
  expect(stack).toBe('Linkerd');
  expect(byEdge[STOCK]).toMatchObject({ attempts: '1', 'total deadline': '3000 ms' });
  expect(byEdge[CARDS]).toMatchObject({
    attempts: '2, the default',
    'breaker opens after, in a row': '7, the default',
    'breaker open for': '1000 ms, the default',
  });
  expect(beside.map(({ text }) => text)).toContain('timeout.linkerd.io/idle 30s');
});

it('every stack says what it reads', () => {
  for (const { reads } of STACKS) expect(reads).toMatch(/\w{4}/u);
});
