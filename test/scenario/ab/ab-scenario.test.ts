import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../../src/core/index.ts';
import { compileFlows } from '../../../src/flow/index.ts';
import { abScenario, type AbVersions } from '../../../src/scenario/ab/index.ts';
import {
  parseScenario,
  readScenario,
  referencesIn,
  type ScenarioWithFiles,
} from '../../../src/scenario/index.ts';

const BASE = `
name: shop
targets:
  orders: { url: "http://127.0.0.1:8080/api", connections: 7 }
  login: { url: "http://127.0.0.1:9000" }
flows:
  buy:
    - { step: log-in, target: login, http: { path: /token }, capture: { token: { json: $.token } } }
    - { step: create, target: orders, http: { path: /orders, headers: { x-token: "\${token}" } } }
  look:
    - { step: home, target: login, http: { path: / } }
load:
  - { phase: warm-up, flow: buy, arrivals: { rate: 10/s }, for: 1s, measure: false }
  - { phase: looking, flow: look, arrivals: { rate: 10/s }, for: 1s }
  - { phase: steady, flow: buy, arrivals: { rate: 10/s }, for: 2s }
thresholds:
  - create.response p(99) < 300ms
  - home.response p(99) < 300ms
  - orders.connect-errors count == 0
`;

const SYSTEM = `${BASE.replace('"http://127.0.0.1:8080/api"', '"${proxies.edge.url}/api"')}
services:
  orders: { command: [node, orders.js], env: { SELF: "\${services.orders.url}", DB: "\${services.db.address}" }, ready: /up }
  db: { command: [node, db.js] }
proxies:
  edge: { upstream: "\${services.orders.address}", listen: "127.0.0.1:7000" }
faults:
  - { name: slow, proxy: edge, toxic: { type: latency, latency: 10ms } }
  - { name: gone, service: orders, do: kill, during: { phase: steady, from: 1s, for: 500ms } }
`;

const LIMITS = { percents: [50, 99], changeRatioMin: 0.03, changeMinNs: 1, errorChangeMin: 0.001 };
const URLS = versions('http://10.0.0.1:8080', 'http://10.0.0.2:8080/v2');

function versions(a: string, b: string): AbVersions {
  return { a: { url: a }, b: { url: b } };
}

function commands(a: string, b: string): AbVersions {
  return { a: { command: a.split(' '), cwd: '/srv' }, b: { command: b.split(' '), cwd: '/srv' } };
}

function ab(text: string, of: AbVersions, target?: string): ScenarioWithFiles {
  return withAb({ ...parseScenario(text, 'shop.yaml'), files: [] }, of, target);
}

function withAb(scenario: ScenarioWithFiles, of: AbVersions, target?: string): ScenarioWithFiles {
  return abScenario(scenario, {
    target,
    versions: of,
    texts: { a: 'old', b: 'new' },
    limits: LIMITS,
  });
}

function refusal(text: string, of: AbVersions, target?: string): string {
  try {
    ab(text, of, target);
    return 'taken';
  } catch (error) {
    if (error instanceof HarnessError) return `${error.message} | ${error.hint}`;
    throw error;
  }
}

describe('a scenario with two versions of a target', () => {
  it('has the target, and each flow that calls it, twice', () => {
    const scenario = ab(BASE, URLS, 'orders');
    expect(scenario.targets.map(({ name, url, connections }) => [name, url, connections])).toEqual([
      ['orders@a', 'http://10.0.0.1:8080', 7],
      ['orders@b', 'http://10.0.0.2:8080/v2', 7],
      ['login', 'http://127.0.0.1:9000', 64],
    ]);
    expect(
      scenario.flows.map(({ name, steps }) => [name, steps.map((s) => `${s.name} ${s.target}`)]),
    ).toEqual([
      ['buy@a', ['log-in@a login', 'create@a orders@a']],
      ['buy@b', ['log-in@b login', 'create@b orders@b']],
      ['look', ['home login']],
    ]);
    expect(scenario.load.map(({ name, flow, flowOfB }) => [name, flow, flowOfB])).toEqual([
      ['warm-up', 'buy@a', 'buy@b'],
      ['looking', 'look', undefined],
      ['steady', 'buy@a', 'buy@b'],
    ]);
    expect(scenario.ab).toEqual({
      target: 'orders',
      versions: { a: 'old', b: 'new' },
      limits: LIMITS,
      steps: [
        { step: 'log-in', a: 'log-in@a', b: 'log-in@b', isJudged: false },
        { step: 'create', a: 'create@a', b: 'create@b', isJudged: true },
      ],
    });
  });

  it('compiles as any other', () => {
    expect(() => compileFlows(ab(BASE, URLS, 'orders'))).not.toThrow();
  });

  it('has its thresholds on B, where they are on what stands twice', () => {
    const { thresholds } = ab(BASE, URLS, 'orders');
    expect(thresholds.map(({ step, text }) => [step, text])).toEqual([
      ['create@b', 'create@b.response p(99) < 300ms'],
      ['home', 'home.response p(99) < 300ms'],
      ['orders@b', 'orders@b.connect-errors count == 0'],
    ]);
  });

  it('has thresholds that select by steps, a target or a fault on B as well', () => {
    const scenario = parseScenario(SYSTEM, 'shop.yaml');
    const [first] = scenario.thresholds;
    if (first === undefined) throw new Error('there is one');
    const every = { ...first, text: '*.response p(99) < 1s', step: '*' };
    const { thresholds } = withAb(
      {
        ...scenario,
        files: [],
        thresholds: [
          { ...every, steps: ['create', 'home'] },
          { ...every, target: 'orders' },
          { ...first, fault: 'slow' },
          { ...every, steps: ['home'], target: 'login' },
        ],
      },
      commands('node old.js', 'node new.js'),
      'orders',
    );
    expect(
      thresholds.map(({ text, step, steps, target, fault }) => ({
        text,
        step,
        steps,
        target,
        fault,
      })),
    ).toEqual([
      { text: '*.response p(99) < 1s (B)', step: '*', steps: ['create@b', 'home'] },
      { text: '*.response p(99) < 1s (B)', step: '*', target: 'orders@b' },
      { text: 'create@b.response p(99) < 300ms', step: 'create@b', fault: 'slow@b' },
      { text: '*.response p(99) < 1s', step: '*', steps: ['home'], target: 'login' },
    ]);
  });

  it('gives each version its policies for itself', () => {
    const scenario = ab(
      BASE.replace('step: create,', 'step: create, policy: "retry-safe",').concat(
        'policies:\n  retry-safe: { retry: { attempts: 2, on: [connect] } }\n',
      ),
      URLS,
      'orders',
    );
    const policies = scenario.flows.flatMap(({ steps }) => steps.flatMap((s) => s.policy ?? []));
    expect(policies.map(({ name }) => name)).toEqual(['retry-safe@a', 'retry-safe@b']);
  });

  it('starts what a command names, on a port of its own, at the path of the target', () => {
    const scenario = ab(BASE, commands('node old.js', 'python3 -m http.server {port}'), 'orders');
    expect(scenario.services).toEqual([
      {
        name: 'orders-a',
        command: ['node', 'old.js'],
        cwd: '/srv',
        env: {},
        ready: { by: 'tcp' },
        readyWithinNs: 10_000_000_000,
      },
      expect.objectContaining({
        name: 'orders-b',
        command: ['python3', '-m', 'http.server', '${services.orders-b.port}'],
      }),
    ]);
    expect(scenario.targets.map(({ url }) => url)).toEqual([
      '${services.orders-a.url}/api',
      '${services.orders-b.url}/api',
      'http://127.0.0.1:9000',
    ]);
  });

  it('has what lies on the way to the target twice, with its faults', () => {
    const scenario = ab(SYSTEM, commands('node old.js', 'node new.js'), 'orders');
    expect(scenario.services.map(({ name, env }) => [name, env])).toEqual([
      ['orders-a', { SELF: '${services.orders-a.url}', DB: '${services.db.address}' }],
      ['orders-b', { SELF: '${services.orders-b.url}', DB: '${services.db.address}' }],
      ['db', {}],
    ]);
    expect(scenario.services[0]?.ready).toEqual({ by: 'http', path: '/up' });
    expect(scenario.proxies.map(({ name, listen, upstream }) => [name, listen, upstream])).toEqual([
      ['edge-a', '127.0.0.1:0', '${services.orders-a.address}'],
      ['edge-b', '127.0.0.1:0', '${services.orders-b.address}'],
    ]);
    expect(scenario.targets[1]?.url).toBe('${proxies.edge-b.url}/api');
    expect(scenario.faults.map(({ name, proxy, process }) => [name, proxy ?? process])).toEqual([
      ['slow@a', 'edge-a'],
      ['slow@b', 'edge-b'],
      ['gone@a', { service: 'orders-a' }],
      ['gone@b', { service: 'orders-b' }],
    ]);
  });

  it('keeps a service that others call too', () => {
    const shared = SYSTEM.replace('node, db.js]', 'node, db.js, "${services.orders.url}"]');
    const scenario = ab(shared, commands('node old.js', 'node new.js'), 'orders');
    expect(scenario.services.map(({ name }) => name)).toEqual([
      'orders',
      'db',
      'orders-a',
      'orders-b',
    ]);
    expect(scenario.faults.map(({ name }) => name)).toEqual(['slow@a', 'slow@b', 'gone']);
  });

  it('of every scenario that comes with callgauge names nothing that is not there', async () => {
    const files = readdirSync('scenarios').filter((name) => name.endsWith('.yaml'));
    for (const file of files) {
      const scenario = await readScenario(`scenarios/${file}`);
      const target = scenario.flows[0]?.steps[0]?.target;
      for (const of of [commands('node old.js', 'node new.js'), versions('http://a', 'http://b')]) {
        const made = withAb(scenario, of, target);
        const places = [
          ...made.targets.map(({ url }) => url),
          ...made.proxies.map(({ upstream }) => upstream),
          ...made.services.flatMap(({ command, env }) => [...command, ...Object.values(env)]),
        ];
        for (const reference of places.flatMap((place) => referencesIn(place).references)) {
          if (reference.kind === 'env') continue;
          expect(made[reference.kind].map(({ name }) => name)).toContain(reference.name);
        }
      }
    }
  });

  it.each([
    [
      'no target',
      BASE,
      URLS,
      undefined,
      '--target is missing: the scenario calls 2 targets | Name one of the targets that the flows call: --target orders or login.',
    ],
    [
      'another target',
      BASE,
      URLS,
      'order',
      '--target must be a target that a flow calls, got order, did you mean "orders"? | Name one of the targets that the flows call: --target orders or login.',
    ],
    [
      'no scheme',
      BASE,
      versions('http://a', '127.0.0.1:80'),
      'orders',
      '--b must begin with http://, https:// or unix:, got 127.0.0.1:80 | Write --b http://127.0.0.1:8080, say.',
    ],
    [
      'a query',
      BASE,
      versions('http://a/?x', 'http://b'),
      'orders',
      "--a must be a URL without ? and # (they belong to a step's path), got http://a/?x | Write --a http://127.0.0.1:8080, say.",
    ],
    [
      'a reference to nothing',
      BASE,
      versions('${service.old.url}', 'http://b'),
      'orders',
      '--a: unknown reference ${service.old.url}, got ${service.old.url} | Write ${services.NAME.url}, ${proxies.NAME.address}, ${env.NAME} or ${env.NAME:-default}.',
    ],
    [
      'a service that is not there',
      SYSTEM,
      versions('http://a', '${services.order.url}'),
      'orders',
      '--b: ${services.order.url} names nothing, did you mean "orders"?, got ${services.order.url} | Its services are orders, db.',
    ],
    [
      'a service of a scenario that has none',
      BASE,
      versions('${services.old.url}', 'http://b'),
      'orders',
      '--a: ${services.old.url} names nothing, got ${services.old.url} | The scenario has no services: write --a http://127.0.0.1:8080, say.',
    ],
    [
      'a path behind a proxy',
      SYSTEM,
      URLS,
      'orders',
      '--b must be http://host:port, as the target is called through a proxy, got http://10.0.0.2:8080/v2 | Leave out the path and https, or name the version in a scenario without the proxy.',
    ],
    [
      'a fault on what is not started',
      SYSTEM,
      versions('http://a', 'http://b'),
      'orders',
      'the fault gone acts on the service orders, in whose place --a names one that this run does not start | Start both versions with --a-command and --b-command, or remove the fault.',
    ],
    [
      'a command for https',
      BASE.replace('http://127.0.0.1:8080', 'https://shop.test'),
      commands('x', 'y'),
      'orders',
      '--a-command starts a server that is called over http://, and the target orders is https://shop.test/api | Start the versions yourself and name them with --a and --b.',
    ],
    [
      'nothing measured',
      BASE.replace('for: 2s', 'for: 2s, measure: false').replace(
        '  - create.response p(99) < 300ms\n',
        '',
      ),
      URLS,
      'orders',
      'no measured phase calls orders | Give a phase a flow that calls it.',
    ],
    [
      'a setup that calls it',
      `${BASE}setup:\n  - { step: fill, target: orders, http: { path: / } }\n`,
      URLS,
      'orders',
      'setup calls orders, which is two versions here, and is made once | Call another target there, or move its steps into the flow.',
    ],
    [
      'a saturated phase',
      BASE.replace(
        '{ phase: looking, flow: look, arrivals: { rate: 10/s }, for: 1s }',
        '{ phase: most, flow: look, saturate: { connections: 2 }, for: 1s }',
      ),
      URLS,
      'login',
      'the phase most saturates its target: there are no arrivals that two versions could share | Give it arrivals, a rate say, or users.',
    ],
  ])('refuses %s', (_what, text, of, target, wanted) => {
    expect(refusal(text, of, target)).toBe(wanted);
  });
});
