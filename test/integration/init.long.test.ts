import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { callgauge, Workplace } from '../cli/callgauge-process.ts';

const place = new Workplace();
const asked: string[] = [];
let server: Server;
let url = '';

const DESCRIPTION = {
  openapi: '3.1.0',
  info: { title: 'Rooms', version: '1' },
  servers: [{ url: '/api' }],
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'x-key' } } },
  paths: {
    '/rooms': {
      get: { operationId: 'listRooms', responses: { 200: {} } },
      post: { responses: {} },
    },
    '/rooms/{id}': {
      get: {
        operationId: 'getRoom',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
        responses: { 200: {} },
      },
    },
    '/bookings': { get: { operationId: 'listBookings', security: [{ key: [] }], responses: {} } },
    '/out': { get: { parameters: [{ $ref: 'other.json#/x' }], responses: {} } },
  },
};

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${String(request.headers['x-key'])}`);
    const path = request.url ?? '';
    response.statusCode = /^\/(?:openapi\.json$|items|api\/(?:rooms$|bookings))/u.test(path)
      ? 200
      : 404;
    response.end(path === '/openapi.json' ? JSON.stringify(DESCRIPTION) : '{"secret":"answer"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  place.remove();
});

function init(...args: readonly string[]) {
  return callgauge(['init', ...args], { cwd: place.folder, env: { KEY: 'k-1' } });
}

it('measures the GETs of a served description, and writes a scenario that holds', async () => {
  const { code, out, err } = await init(`${url}/openapi.json`, '--rate', '20/s', '--ci', 'github');
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(err).toContain(
    `measuring: 3 calls one after another, 10/s, then about 220 in 11 s, 20/s; GET, to ${url}/api`,
  );
  const text = readFileSync(join(place.folder, 'callgauge.yaml'), 'utf8');
  const calls = asked.filter((line) => !line.includes('openapi.json'));
  expect(new Set(calls)).toEqual(
    new Set(['GET /api/rooms undefined', 'GET /api/rooms/1 undefined', 'GET /api/bookings k-1']),
  );
  expect(calls.length).toBeGreaterThan(150);
  // A room that is not there is a comment, what is left out is said, no answer or secret is kept.
  expect(text).toContain('# GET /rooms/{id} is left out: answered with status 404');
  expect(out).toContain('changes data, or may: --method POST');
  expect(out).toContain('$ref other.json#/x leads out of the file');
  expect(text).not.toMatch(/"secret"|k-1/u);
  const { flows } = parse(text);
  expect(JSON.stringify(flows)).toContain('"x-key":"${env.KEY}"');
  expect(flows.calls[0].choose.map((way: { do: [{ step: string }] }) => way.do[0].step)).toEqual([
    'listRooms',
    'listBookings',
  ]);
  const ci = readFileSync(join(place.folder, '.github/workflows/callgauge.yml'), 'utf8');
  expect(parse(ci).jobs.callgauge.steps[2].env).toEqual({ KEY: '${{ secrets.KEY }}' });
  const validated = await callgauge(['validate', 'callgauge.yaml'], { cwd: place.folder });
  expect(validated.code).toBe(0);
  expect((await init(`${url}/items`)).code).toBe(104);
  expect(readFileSync(join(place.folder, 'callgauge.yaml'), 'utf8')).toBe(text);
});

it('writes the scenario all the same where nobody listens, and calls no host that was not named', async () => {
  const dead = await init('http://127.0.0.1:9/items', '-o', 'dead.yaml');
  expect(dead.code).toBe(0);
  expect(dead.out).toContain('no limits of response times: no call was answered');
  const file = place.file(
    'api.json',
    JSON.stringify({ ...DESCRIPTION, servers: [{ url: 'https://api.example/v1' }] }),
  );
  const foreign = await init(file, '-o', 'foreign.yaml');
  expect(foreign.code).toBe(0);
  expect(foreign.err).not.toContain('measuring');
  expect(foreign.out).toContain('https://api.example/v1 is named by the description alone');
  for (const name of ['dead.yaml', 'foreign.yaml']) {
    const { code } = await callgauge(['validate', name], { cwd: place.folder });
    expect({ name, code }).toEqual({ name, code: 0 });
  }
});

it('says as JSON what it wrote and what it left out', async () => {
  const { code, out } = await init(
    `${url}/openapi.json`,
    '-o',
    'plan.yaml',
    '--no-measure',
    '--limit',
    '2',
    '--json',
  );
  const result = JSON.parse(out);
  expect({ code, steps: result.steps.map((step: { name: string }) => step.name) }).toEqual({
    code: 0,
    steps: ['listRooms', 'getRoom'],
  });
  expect(result.skipped.map((one: { origin: string }) => one.origin)).toEqual([
    'POST /rooms',
    'GET /out',
    'GET /bookings',
  ]);
});

it('calls nothing where the file cannot be written', async () => {
  const { code, err } = await init(`${url}/items`, '-o', place.file('plain', '') + '/never.yaml');
  expect(code).toBe(110);
  expect(err).toContain('plain/never.yaml cannot be written');
  expect(err).not.toContain('measuring');
});

it.each([
  [['nothing.yaml'], 'DESCRIPTION_UNREADABLE'],
  [['http://127.0.0.1:9/openapi.json'], 'cannot read http://127.0.0.1:9/openapi.json'],
  [['http://u:p@127.0.0.1/x'], 'without user and password'],
  [['http://127.0.0.1/x', '--tag', 'a'], '--tag is of an OpenAPI description'],
  [['http://127.0.0.1/x', '--ci', 'jenkins'], '--ci must be github or gitlab, got jenkins'],
  [['http://127.0.0.1/x', '--rate', '0/s'], '--rate must be from 1/s to 1000/s, got 0/s'],
  [['http://127.0.0.1/x', '--limit', 'x', '--openapi'], 'cannot read http://127.0.0.1/x'],
])('%j is refused, and nothing is written', async (args, message) => {
  const { code, err } = await init(...args, '-o', 'never.yaml');
  expect({
    code,
    has: err.includes(message) || message === 'DESCRIPTION_UNREADABLE',
    err,
  }).toMatchObject({ code: 104, has: true });
  expect(existsSync(join(place.folder, 'never.yaml'))).toBe(false);
});
