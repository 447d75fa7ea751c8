import type { Rng } from '../../src/core/index.ts';

/** Returns the bytes of a request that the admin API cannot carry out; another one each time. */
export function malformedRequest(rng: Rng): Buffer {
  const kind = pick(rng, [
    rawBytes,
    brokenHead,
    brokenHead,
    wrongRoute,
    badBody,
    badBody,
    badBody,
    badBody,
  ]);
  return kind(rng);
}

const ROUTES_WITH_BODY = [
  ['POST', '/proxies'],
  ['POST', '/populate'],
  ['POST', '/proxies/main'],
  ['PATCH', '/proxies/main'],
  ['POST', '/proxies/main/toxics'],
] as const;

/** Bodies that are fine until they are spoilt. */
const BODIES = [
  '{"name":"fuzz","listen":"127.0.0.1:0","upstream":"127.0.0.1:1","enabled":false}',
  '{"name":"fuzz","type":"latency","stream":"upstream","toxicity":0.5,"attributes":{"latency":1000}}',
  '[{"name":"fuzz","listen":"127.0.0.1:0","upstream":"127.0.0.1:1","enabled":null}]',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"name":[1]}',
  '{"type":"delay","attributes":{"delay":{"distribution":"lognormal","median":1,"sigma":2}}}',
];

/** Whatever comes after one of these, the JSON is broken or of a wrong type. */
const SPOILERS = [
  '{',
  '[',
  '"',
  '{"name":',
  '{"name":1,',
  '{"name":{},"a":',
  '[1,',
  '[[[[',
  'nul',
  '-',
  '{"name":"\u0000',
  String.raw`{"name":"\ud8`,
  '{"__proto__":{"a":',
  '}',
  ']',
  '\u00ff\u00fe',
  '<xml>',
  'name=fuzz&upstream=x',
];

function rawBytes(rng: Rng): Buffer {
  const length = 1 + (rng.nextUint32() % 200);
  return Buffer.from(Array.from({ length }, () => rng.nextUint32() & 0xff));
}

function brokenHead(rng: Rng): Buffer {
  const head = pick(rng, [
    'GET /proxies\r\n\r\n',
    'GET  /proxies HTTP/1.1\r\n\r\n',
    'GET /proxies HTTP/9.9\r\n\r\n',
    'GET /proxies HTTP/1.1\r\nno colon\r\n\r\n',
    'GET /proxies HTTP/1.1\r\nhost: localhost\r\n bad: fold\r\n\r\n',
    'POST /proxies HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n{}',
    'POST /proxies HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n{}',
    'POST /proxies HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
    'POST /proxies HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    'POST /proxies HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n',
    'POST /proxies HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: gzip\r\n\r\n{}',
    'POST /proxies HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9999999999\r\n\r\n{}',
    'POST /proxies HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50\r\n\r\n{',
    'GET /proxies HTTP/1.1\r\nhost: localhost\r\nx: \u0001\r\n\r\n',
    'GET /version HTTP/1.1\r\nhost: localhost\r\nuser-agent: Mozilla/5.0\r\nconnection: close\r\n\r\n',
    'CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: localhost\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    'GET /proxies HTTP/1.1\r\nhost: localhost\r\nexpect: a miracle\r\nconnection: close\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
    `GET /proxies HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`,
    `GET /${'p'.repeat(17_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
    `GET /proxies HTTP/1.1\r\n${'a: b\r\n'.repeat(3_000)}\r\n`,
  ]);
  return Buffer.from(head, 'latin1');
}

function wrongRoute(rng: Rng): Buffer {
  const method = pick(rng, ['GET', 'PUT', 'HEAD', 'OPTIONS', 'TRACE', 'PATCH', 'DELETE', 'LOCK']);
  const path = pick(rng, [
    '/none',
    '/proxies/none',
    '/proxies/none/toxics',
    '/proxies/main/toxics/none',
    '/%zz',
    '/proxies/%',
    '//',
    '/..',
    '/proxies/../../etc/passwd',
    '/proxies/main/',
    '/%2e%2e/%2e%2e',
    '/proxies/%00',
    '/proxies/__proto__',
    '/proxies/constructor/toxics',
    '/reset/',
    '/%ff%fe',
    '/proxies/main/toxics/%2F',
    `/proxies/${'%41'.repeat(rng.nextUint32() % 500)}x`,
    '/populate/x',
    '/metrics/x',
  ]);
  return request(method, path, method === 'PATCH' ? '{"a"' : '');
}

function badBody(rng: Rng): Buffer {
  const [method, path] = pick(rng, ROUTES_WITH_BODY);
  return request(method, path, brokenText(rng));
}

function brokenText(rng: Rng): string | Buffer {
  const body = pick(rng, BODIES);
  switch (rng.nextUint32() % 6) {
    case 0:
      return pick(rng, SPOILERS);
    case 1:
      return body.slice(0, rng.nextUint32() % (body.length - 1));
    case 2:
      return `{"name":"fuzz","upstream":"x","enabled":${'['.repeat(1 + (rng.nextUint32() % 20_000))}`;
    case 3:
      return `${pick(rng, ['7', '"text"', '[[]]', '[7]', 'true'])} ${body}`;
    case 4:
      return spoiltByte(rng, body);
    default:
      return '';
  }
}

/** A byte that no JSON has, in place of one of its marks. */
function spoiltByte(rng: Rng, body: string): Buffer {
  const bytes = Buffer.from(body);
  const marks = [...bytes.entries()].filter(([, byte]) =>
    '{}[]:,'.includes(String.fromCharCode(byte)),
  );
  const inString = (at: number): boolean => (body.slice(0, at).match(/"/gu) ?? []).length % 2 === 1;
  const [at] = pick(
    rng,
    marks.filter(([index]) => !inString(index)),
  );
  bytes[at] = pick(rng, [0x00, 0x01, 0x3b, 0x7f, 0x80, 0xff]);
  return bytes;
}

function request(method: string, path: string, body: string | Buffer): Buffer {
  const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n`;
  const length = `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head + length, 'latin1'), Buffer.from(body)]);
}

function pick<T>(rng: Rng, list: readonly T[]): T {
  return list[rng.nextUint32() % list.length] as T;
}
