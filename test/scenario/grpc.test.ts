import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkedScenario } from '../../src/run/prepare/index.ts';
import { HarnessError } from '../../src/core/index.ts';
import { type ScenarioWithFiles, parseScenario, type Scenario } from '../../src/scenario/index.ts';

const LOAD = 'load: [{ phase: main, for: 1s, arrivals: { process: constant, rate: 1/s } }]';

function text(grpc: string, { step = '', target = '' } = {}): string {
  return `name: grpc
targets: { shop: { url: "http://127.0.0.1:1"${target} } }
flows:
  one:
    - step: call
      target: shop
      grpc: { ${grpc} }
      ${step}
${LOAD}
`;
}

const parse = (...given: Parameters<typeof text>): Scenario =>
  parseScenario(text(...given), 'small.yaml');

function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof HarnessError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('a gRPC step', () => {
  it('is a call of its method, with its message as JSON', () => {
    const scenario = parse(
      'method: shop.Orders.Create, message: { n: "${random.int(1,9)}" }, deadline: 500ms',
    );
    const [step] = scenario.flows[0]?.steps ?? [];
    expect(step?.call).toMatchObject({
      protocol: 'grpc',
      service: 'shop.Orders',
      method: 'Create',
      request: { path: '', body: '{"n":${random.int(1,9)}}' },
    });
    expect(step?.timeoutNs).toBe(500e6);
    expect(step?.okStatuses).toEqual([{ from: 0, to: 0 }]);
    expect(scenario.targets[0]).toMatchObject({
      protocol: 'grpc',
      connections: 4,
      grpc: { reflection: true },
    });
  });

  it.each([
    [
      'method: Create',
      {},
      'method must be a method with its service, such as shop.Orders/Create, got "Create" (flows.one[0].grpc.method, small.yaml:7:23)',
    ],
    [
      'method: a.B/C, message: {}, messages: [{}]',
      {},
      'must have one of message and messages, not both',
    ],
    ['method: a.B/C, metadata: { grpc-timeout: 1S }', {}, 'must not be set here'],
    ['method: a.B/C, metadata: { key-bin: "?" }', {}, 'must be base64'],
    [
      'method: a.B/C, message: { id: "${nothing}" }',
      {},
      'unknown reference ${nothing} (flows.one[0].grpc.message.id, small.yaml:7:46)',
    ],
    ['method: a.B/C', { step: 'check: { status: 200 }' }, 'must be statuses of gRPC such as OK'],
    [
      'method: a.B/C, for: 20s',
      { step: 'timeout: 10s' },
      'for must be shorter than timeout and deadline',
    ],
    [
      'method: a.B/C',
      { target: ', protocol: http2' },
      'a step with grpc calls the target "shop", whose protocol is http2',
    ],
    ['method: a.B/C', { step: 'http: { path: / }' }, 'must have one of http and grpc, not both'],
    [
      'method: a.B/C',
      { target: ', grpc: { reflection: false }' },
      'must have proto where it has reflection: false',
    ],
  ] as const)('refuses %s %j', (grpc, more, message) => {
    expect(errorOf(() => parse(grpc, more))).toContain(message);
  });

  it.each([
    [
      'NOTFOUND',
      'status must be a status such as 201, a class such as 2xx, or of gRPC a name such as NOT_FOUND, got "NOTFOUND"',
    ],
    [
      '[OK, NOTFOUND]',
      'status[1] must be a status such as 201, a class such as 2xx, or of gRPC a name such as NOT_FOUND, got "NOTFOUND"',
    ],
    ['700', 'status must be a status from 100 to 599 or a class such as 2xx, got 700'],
  ])('refuses check.status %s once, with what it can be', (status, message) => {
    const error = errorOf(() => parse('method: a.B/C', { step: `check: { status: ${status} }` }));
    expect(error.split('\n')).toEqual([expect.stringContaining(message)]);
  });

  it('refuses a step of HTTP to the same target', () => {
    const http = text('method: a.B/C').replace(
      LOAD,
      `    - { step: plain, target: shop, http: { path: / } }\n${LOAD}`,
    );
    expect(errorOf(() => parseScenario(http, 'small.yaml'))).toContain(
      'a step with http calls the target "shop", which speaks gRPC (flows.one[1].target, small.yaml:9:',
    );
  });
});

describe('a gRPC step whose target has a .proto file', () => {
  let folder = '';
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const PROTO = `syntax = "proto3"; package shop; import "common/money.proto"; // import "no.proto";
    message Order { string sku_code = 1; int32 n = 2; Money price = 3; repeated Money parts = 4; }
    service Orders { rpc Create(Order) returns (Order); rpc Watch(Order) returns (stream Order); }`;
  const MONEY = 'syntax = "proto3"; package shop; message Money { int64 cents = 1; }';

  function check(
    grpc: string,
    proto = PROTO,
    settings = (_folder: string): string => 'proto: [protos/shop.proto]',
  ): Promise<ScenarioWithFiles> {
    folder = mkdtempSync(join(tmpdir(), 'grpc-'));
    mkdirSync(join(folder, 'protos', 'common'), { recursive: true });
    writeFileSync(join(folder, 'protos', 'shop.proto'), proto);
    writeFileSync(join(folder, 'protos', 'common', 'money.proto'), MONEY);
    const file = join(folder, 'small.yaml');
    writeFileSync(file, text(grpc, { target: `, grpc: { ${settings(folder)} }` }));
    return checkedScenario(file);
  }

  it('is checked against it, its imports read', async () => {
    const message =
      '{ skuCode: A, n: "${random.int(1,9)}", price: { cents: "12" }, parts: [{ cents: 1 }] }';
    const { files } = await check(`method: shop.Orders/Create, message: ${message}`);
    expect(files.map(({ path }) => path)).toEqual([
      'protos/shop.proto',
      'protos/common/money.proto',
    ]);
  });

  it.each([
    ['by its absolute path', (at: string) => `proto: [${at}/protos/shop.proto]`, 2],
    [
      'and what it imports by absolute paths',
      (at: string) => `proto: [${at}/protos/../protos/shop.proto], importPaths: [${at}/protos]`,
      2,
    ],
    [
      'with its imports by an absolute path alone',
      (at: string) => `proto: [protos/shop.proto], importPaths: [${at}/protos/]`,
      1,
    ],
  ] as const)('is read %s', async (_, settings, absolute) => {
    const { files } = await check('method: shop.Orders/Create', PROTO, settings);
    const names = files.map(({ path }) => path.replace(`${folder}/`, ''));
    expect(names).toEqual(['protos/shop.proto', 'protos/common/money.proto']);
    expect(files.filter(({ path }) => path.startsWith('/'))).toHaveLength(absolute);
  });

  it.each([
    [
      'method: shop.Order/Create',
      'unknown service "shop.Order", did you mean "shop.Orders"? (flows.one[0].grpc.method, ',
    ],
    [
      'method: shop.Orders/Creat',
      'unknown method "Creat", did you mean "Create"? (flows.one[0].grpc.method, ',
    ],
    [
      'method: shop.Orders/Create, message: { skucode: A }',
      'unknown field "skucode" of shop.Order, did you mean "sku_code"? (flows.one[0].grpc.message.skucode, ',
    ],
    [
      'method: shop.Orders/Create, message: { n: many }',
      'n: invalid integer: "many" (flows.one[0].grpc.message.n, ',
    ],
    [
      'method: shop.Orders/Create, message: { parts: [{ cents: 1 }, { cent: 1 }] }',
      'unknown field "cent" of shop.Money, did you mean "cents"? (flows.one[0].grpc.message.parts[1].cent, ',
    ],
    [
      'method: shop.Orders/Create, message: [1]',
      'must be a map of the fields of shop.Order (flows.one[0].grpc.message, ',
    ],
    [
      'method: shop.Orders/Create, messages: [{}]',
      'messages is for methods to which the client streams, and shop.Orders/Create is none (flows.one[0].grpc.messages, ',
    ],
    [
      'method: shop.Orders/Watch, answers: each',
      'answers is for methods where both sides stream, and shop.Orders/Watch is none',
    ],
    [
      'method: shop.Orders/Create, take: 3',
      'take is for methods whose server streams, and shop.Orders/Create is none',
    ],
  ])('refuses %s', async (grpc, message) => {
    const error = await check(grpc).then(() => 'no error', String);
    expect(error).toContain(message);
    if (message.endsWith(', ')) expect(error).toMatch(/small\.yaml:7:\d+\)$/u);
  });

  it('refuses an import that is nowhere', async () => {
    const error = await check('method: a.B/C', PROTO.replace('money', 'monei')).then(
      () => '',
      String,
    );
    expect(error).toContain(
      '"common/monei.proto", imported by protos/shop.proto, is in none of "protos", "." (targets.shop.grpc.proto[0], ',
    );
  });
});
