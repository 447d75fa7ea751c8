import type { Step } from './proxy-conformance-steps.ts';

/**
 * A way in which ours answers unlike the official server; docs/reference/proxy.md gives the reason.
 */
export interface Difference {
  /** The second cell of its row in the documentation. */
  readonly title: string;
  /** Sent to both before, and answered alike. */
  readonly before?: readonly Step[];
  readonly step: Step;
  /** Part of the status and body of the official answer. */
  readonly official: string;
  readonly ours: string;
  /** Sent to both afterwards, so that they stand alike again. */
  readonly after?: readonly Step[];
}

/** Every difference that there is, beside those that the test asserts by itself. */
export const DIFFERENCES: readonly Difference[] = [
  {
    title: '`stream` in another case',
    before: proxy('cased-stream'),
    step: post('/proxies/cased-stream/toxics', '{"type":"noop","stream":"UpStream"}'),
    official: '"name":"noop_UpStream","type":"noop","stream":"UpStream"',
    ours: '"name":"noop_UpStream","type":"noop","stream":"upstream"',
    after: gone('cased-stream'),
  },
  {
    title: 'a refused update of a toxic',
    before: [
      ...proxy('half'),
      post('/proxies/half/toxics', '{"name":"l","type":"latency"}'),
      post('/proxies/half/toxics/l', '{"attributes":{"latency":9,"jitter":"x"}}'),
    ],
    step: get('/proxies/half/toxics/l'),
    official: '{"latency":9,"jitter":0}',
    ours: '{"latency":0,"jitter":0}',
    after: gone('half'),
  },
  {
    title: 'whole numbers past 2^53',
    before: proxy('large'),
    step: post(
      '/proxies/large/toxics',
      '{"type":"limit_data","attributes":{"bytes":9007199254740993}}',
    ),
    official: '"bytes":9007199254740993',
    ours: '"bytes":9007199254740992',
    after: gone('large'),
  },
  {
    title: 'a whole number written as `1.0` or `1e3`',
    before: proxy('whole-number'),
    step: post('/proxies/whole-number/toxics', '{"type":"latency","attributes":{"latency":1e3}}'),
    official: '400 {"error":"bad request body: json: cannot unmarshal number 1e3',
    ours: '200 {"attributes":{"latency":1000,"jitter":0}',
    after: gone('whole-number'),
  },
  {
    title: 'a key that comes twice',
    before: proxy('twice'),
    step: post(
      '/proxies/twice/toxics',
      '{"type":"latency","attributes":{"latency":5},"attributes":{"jitter":6}}',
    ),
    official: '200 {"attributes":{"latency":5,"jitter":6}',
    ours: '200 {"attributes":{"latency":0,"jitter":6}',
    after: gone('twice'),
  },
  {
    title: 'text behind the JSON value of a body',
    step: post(
      '/proxies',
      '{"name":"tail","listen":"127.0.0.1:0","upstream":"127.0.0.1:1"} and more',
    ),
    official: '201 {"name":"tail"',
    ours: '400 {"error":"bad request body: Unexpected non-whitespace character after JSON',
    after: gone('tail'),
  },
  {
    title: 'JSON nested more than 10,000 deep',
    before: proxy('deep'),
    step: post(
      '/proxies/deep/toxics',
      `{"type":"noop","unknown":${'['.repeat(10_001)}${']'.repeat(10_001)}}`,
    ),
    official: '400 {"error":"bad request body: invalid character \'[\' exceeded max depth',
    ours: '200 {"attributes":{},"name":"noop_downstream"',
    after: gone('deep'),
  },
  {
    title: 'the reason behind `bad request body: `',
    step: post('/proxies', '{"name":1}'),
    official: 'json: cannot unmarshal number into Go struct field Proxy.name of type string',
    ours: 'name must be a string, got 1',
  },
  {
    title: 'listening on `0.0.0.0`',
    step: post('/proxies', '{"name":"four","listen":"0.0.0.0:0","upstream":"127.0.0.1:1"}'),
    official: '"listen":"[::]:*"',
    ours: '"listen":"0.0.0.0:*"',
    after: gone('four'),
  },
  {
    title: 'a port by its name',
    before: [
      post(
        '/proxies',
        '{"name":"by-name","listen":"127.0.0.1:1","upstream":"127.0.0.1:1","enabled":false}',
      ),
    ],
    step: post('/proxies/by-name', '{"listen":"127.0.0.1:http"}'),
    official: '200 {"name":"by-name","listen":"127.0.0.1:http"',
    ours: '500 {"error":"lookup tcp/http: unknown port","status":500}',
    after: gone('by-name'),
  },
  {
    title: '`toxics` when a proxy is created',
    step: post(
      '/proxies',
      '{"name":"whole","listen":"127.0.0.1:0","upstream":"127.0.0.1:1","toxics":[{"type":"latency"}]}',
    ),
    official: '"toxics":[]',
    ours: '"toxics":[{"attributes":{"latency":0,"jitter":0},"name":"latency_downstream"',
    after: gone('whole'),
  },
  {
    title: '`protocol` and `callerFaults` of a proxy',
    step: post(
      '/proxies',
      '{"name":"web","listen":"127.0.0.1:0","upstream":"127.0.0.1:1","protocol":"http","callerFaults":true}',
    ),
    official: '"enabled":true,"toxics":[]}',
    ours: '"enabled":true,"protocol":"http","callerFaults":true,"toxics":[]}',
    after: gone('web'),
  },
  {
    title: '`trigger`, `ramp` and `match` of a toxic',
    before: proxy('triggered'),
    step: post(
      '/proxies/triggered/toxics',
      '{"type":"latency","trigger":{"first":2,"window":{"for":500}},"ramp":1000}',
    ),
    official: '"toxicity":1}',
    ours: '"toxicity":1,"trigger":{"first":2,"window":{"from":0,"for":500}},"ramp":1000}',
    after: gone('triggered'),
  },
  {
    title: "callgauge's own types of toxics",
    before: proxy('own'),
    step: post('/proxies/own/toxics', '{"type":"blackhole"}'),
    official: '400 {"error":"invalid toxic type","status":400}',
    ours: '"name":"blackhole_downstream","type":"blackhole"',
    after: gone('own'),
  },
  {
    title: 'a body over 1 MiB',
    step: post('/proxies', `{"name":"${'x'.repeat(1024 * 1024)}"}`),
    official: '400 {"error":"missing required field: upstream","status":400}',
    ours: '413 {"error":"bad request body: it is over 1048576 bytes","status":413}',
  },
  {
    title: 'a name over 255 characters',
    step: post('/proxies', `{"name":"${'n'.repeat(256)}","upstream":"a:1","enabled":false}`),
    official: '201 {"name":"nnn',
    ours: '400 {"error":"bad request body: name is over 255 characters","status":400}',
    after: gone('n'.repeat(256)),
  },
  {
    title: 'another `protocol` or `callerFaults` for a proxy that is there',
    before: proxy('plain'),
    step: post('/proxies/plain', '{"protocol":"http"}'),
    official: '200 {"name":"plain"',
    ours: 'protocol cannot change, it is \\"tcp\\": make the proxy anew',
    after: gone('plain'),
  },
  {
    title: 'what is no HTTP request',
    step: get('/proxies/%zz'),
    official: '400 400 Bad Request',
    ours: '400 {"error":"bad request: a % in the path begins no code","status":400}',
  },
  {
    title: '`GET /metrics`',
    step: get('/metrics'),
    official: 'promhttp_metric_handler_errors_total',
    ours: 'callgauge_proxy_connections_total',
  },
];

function get(path: string): Step {
  return { method: 'GET', path };
}

function post(path: string, body: string): Step {
  return { method: 'POST', path, body };
}

function proxy(name: string): readonly Step[] {
  return [post('/proxies', `{"name":"${name}","listen":"127.0.0.1:0","upstream":"127.0.0.1:1"}`)];
}

function gone(name: string): readonly Step[] {
  return [{ method: 'DELETE', path: `/proxies/${name}` }];
}
