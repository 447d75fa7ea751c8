import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import * as zlib from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';

import { epochNowMs } from '../../src/core/index.ts';
import { asReady, readScenario, resolveReferences } from '../../src/scenario/index.ts';
import { startSender } from '../../src/sender/index.ts';
import { Workplace } from '../cli/callgauge-process.ts';
import { RUN_ID } from './real-run.ts';

const BIG = '9007199254740993';
const BYTES = Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * 7) % 256));
const SHA = createHash('sha256').update(BYTES).digest('hex');
const CODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateRawSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
};

/** What a session has sent, by its number. */
const visits = new Map<string, number>();

async function answer(
  request: IncomingMessage | Http2ServerRequest,
  response: Pick<ServerResponse, 'writeHead' | 'end' | 'setHeader'>,
): Promise<void> {
  const body = await buffer(request);
  const { url = '' } = request;
  const { cookie = '' } = request.headers;
  const [, path = '', name = ''] = url.split('/');
  switch (path) {
    case 'login':
      response.setHeader('set-cookie', ['XSRF=x; Path=/', `SID=${visits.size}; Path=/; HttpOnly`]);
      visits.set(String(visits.size), 0);
      response.end('{}');
      break;
    case 'coded': {
      const coded = CODERS[name]?.(Buffer.from(`{"id":${BIG}}`));
      response.writeHead(200, { 'content-encoding': name }).end(coded);
      break;
    }
    case 'me': {
      const [, id = ''] = /SID=(\d+)/u.exec(cookie) ?? [];
      visits.set(id, (visits.get(id) ?? NaN) + 1);
      response.writeHead(cookie === `XSRF=x; SID=${id}` ? 200 : 401).end();
      break;
    }
    case 'go':
      response.writeHead(Number(url.split('/')[3] ?? 302), { location: decodeURIComponent(name) });
      response.end('not here');
      break;
    case 'method':
      response.end(JSON.stringify({ method: request.method, sent: body.toString(), cookie }));
      break;
    case 'orders':
      response.writeHead(name === BIG ? 200 : 404).end();
      break;
    default: {
      const sha = createHash('sha256').update(body).digest('hex');
      const length = Number(request.headers['content-length']);
      response.end(JSON.stringify({ sha, right: length === body.length }));
    }
  }
}

const workplace = new Workplace();
workplace.file('bytes.bin', '');
const http1 = createServer((request, response) => void answer(request, response));
const http2 = createHttp2Server((request, response) => void answer(request, response as never));
afterAll(() => {
  http1.close();
  http2.close();
  workplace.remove();
});

async function outcomesOf(text: string): Promise<Readonly<Record<string, number>>> {
  const file = workplace.file('answers.yaml', text);
  const scenario = resolveReferences(await readScenario(file), {
    env: {},
    services: new Map(),
    proxies: new Map(),
  } as never);
  const sender = await startSender({
    scenario: asReady(scenario),
    runId: RUN_ID,
    onSlice: ({ kept, counters: counted }) => {
      for (const { counter, step, value } of counted) {
        if (counter === 'redirects') counters.set(step, (counters.get(step) ?? 0) + value);
      }
      for (const { step, error, outcome } of kept) {
        if (outcome !== 'ok') failures.add(`${step}: ${outcome} ${error}`);
      }
    },
  });
  sender.begin(epochNowMs() + 20);
  const { finished } = await sender.ended;
  return finished;
}

const failures = new Set<string>();

describe.each([
  ['http1', http1],
  ['http2', http2],
] as const)('over %s', (protocol, server) => {
  test('answers are decoded, ids keep their digits, cookies and bytes arrive', async () => {
    await listening(server);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(workplace.file('bytes.bin', ''), BYTES);
    const { port } = server.address() as AddressInfo;
    visits.clear();
    failures.clear();
    const coded = Object.keys(CODERS).flatMap((name) => [
      `    - { step: ${name}, target: t, http: { path: /coded/${name} }, capture: { id: $.id } }`,
      `    - { step: after-${name}, target: t, http: { path: "/orders/\${id}" } }`,
    ]);
    const finished = await outcomesOf(`name: answers
cookies: user
targets: { t: { url: "http://127.0.0.1:${port}", protocol: ${protocol} } }
flows:
  log-in: [{ step: log-in, target: t, http: { path: /login } }]
  visit:
    - { step: me, target: t, http: { path: /me } }
${coded.join('\n')}
    - step: bytes
      target: t
      http: { method: POST, path: /sha, body: { file: bytes.bin } }
      check: { json: { $.sha: ${SHA}, $.right: true } }
load:
  - { phase: come, flow: log-in, users: 2, iterations: 2, for: 1s }
  - { phase: stay, flow: visit, users: 2, iterations: 6, for: 20s }
`);
    expect([...failures]).toEqual([]);
    expect(finished).toMatchObject({
      ok: 2 + 6 * 10,
      check: 0,
      rejected: 0,
      fallback: 0,
      status: 0,
      transport: 0,
    });
    expect([...visits.values()]).toEqual([3, 3]);
  });

  test('redirects are followed to known targets, and are one call of one step', async () => {
    await Promise.all([listening(http1), listening(http2)]);
    const { port } = server.address() as AddressInfo;
    const other = server === http1 ? http2 : http1;
    const otherPort = (other.address() as AddressInfo).port;
    const otherProtocol = server === http1 ? 'http2' : 'http1';
    failures.clear();
    counters.clear();
    const to = (location: string, status = 302): string =>
      `/go/${encodeURIComponent(location)}/${status}`;
    const json = (method: string, sent: string): string =>
      `check: { status: 200, json: { $.method: ${method}, $.sent: '${sent}', $.cookie: '' } }`;
    const post = `method: POST, json: { a: 1.0 }, redirects: 3`;
    const finished = await outcomesOf(`name: redirects
targets:
  t: { url: "http://127.0.0.1:${port}", protocol: ${protocol} }
  u: { url: "http://127.0.0.1:${otherPort}", protocol: ${otherProtocol} }
flows:
  f:
    - { step: two, target: t, http: { path: "${to(to('/method'))}", redirects: 2 }, ${json('GET', '')} }
    - { step: post-302, target: t, http: { path: "${to('../../method', 302)}", ${post} }, ${json('GET', '')} }
    - { step: post-307, target: t, http: { path: "${to('/method', 307)}", ${post} }, ${json('POST', '{"a":1.0}')} }
    - { step: put-303, target: t, http: { path: "${to('/method', 303)}", method: PUT, body: x, redirects: 1 }, ${json('GET', '')} }
    - step: other
      target: t
      http: { path: "${to(`http://127.0.0.1:${otherPort}/method`, 308)}", headers: { cookie: a=1 }, redirects: 1 }
      ${json('GET', '')}
    - { step: direct, target: u, http: { path: /method }, ${json('GET', '')} }
    - { step: plain, target: t, http: { path: "${to('/method')}" }, check: { status: 302 } }
  g: [{ step: many, target: t, http: { path: "${to(to(to('/method')))}", redirects: 2 } }]
  h: [{ step: away, target: t, http: { path: "${to('http://127.0.0.2:1/')}", redirects: 2 } }]
load:
  - { phase: a, flow: f, users: 1, iterations: 1, for: 1s }
  - { phase: b, flow: g, users: 1, iterations: 1, for: 1s }
  - { phase: c, flow: h, users: 1, iterations: 1, for: 1s }
`);
    expect([...failures].toSorted()).toEqual([
      'away: check redirect: to what is no target that a step calls',
      'many: check redirect: more than 2',
    ]);
    expect(finished).toMatchObject({ ok: 7, check: 2, status: 0, transport: 0 });
    expect(Object.fromEntries(counters)).toEqual({
      two: 2,
      'post-302': 1,
      'post-307': 1,
      'put-303': 1,
      other: 1,
      many: 2,
    });
  });
});

/** Redirects that were followed, by step. */
const counters = new Map<string, number>();

async function listening(server: typeof http1 | typeof http2): Promise<void> {
  if (server.listening) return;
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
}
