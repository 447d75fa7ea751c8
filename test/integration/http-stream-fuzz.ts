import { connect, type Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';

import { rngFrom, type Rng } from '../../src/core/index.ts';
import { dataFrame, frame, headersFrame } from './http2-frames.ts';

const HEADERS = [
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Expect: 100-continue',
  'Connection: close',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'traceparent: 00-zz',
  'b3: 0',
  'uber-trace-id: :::',
  'X-Amzn-Trace-Id: ;;Root=1-;Root',
  'x-datadog-trace-id: 99999999999999999999',
  'x-datadog-tags: ,_dd.p.tid=,',
  'baggage: a=%zz,=,;;;,b=%41',
  ': no name',
  'Bad Name: x',
  ' folded',
  'X\0Nul: 1',
  'x-envoy-fault-abort-request: 500',
  'x-envoy-fault-delay-request: 1',
];
const METHODS = ['GET', 'POST', 'HEAD', 'CONNECT', 'OPTIONS', 'PRI', 'G T', '', 'DELETE'];
const TARGETS = ['/', '*', '/a/b?c', 'http://x/y', 'shop:1', '', '/\x01', `/${'a'.repeat(2000)}`];
const BODIES = [
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  'ffffffffffff\r\n',
  '0\r\nbad\r\n\r\n',
  'zz\r\n',
  '',
];
const ANSWER_LINES = [
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 200 OK\n',
  'HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\n',
  'HTTP/1.0 204\r\n',
  'HTTP/1.1 101 Switching\r\n',
  'HTTP/1.1 999 x\r\n',
  'ICY 200 OK\r\n',
  'hello ',
];
const FIELDS: readonly [string, string][] = [
  ['http2-settings', 'x'],
  ['te', 'gzip'],
  ['connection', 'close'],
  ['content-length', '5'],
  ['content-length', '-1'],
  ['etag', '1'],
  ['Upper', '1'],
  ['x-nul', '\0'],
  [':path', '/'],
  ['', ''],
];
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** `:method GET`, `:scheme http`, `:path /`, `:authority a`. */
const HEADER_BLOCK = Buffer.from([0x82, 0x86, 0x84, 0x41, 0x01, 0x61]);

/** Returns one stream of bytes that is no good HTTP as a rule; the same seed gives the same. */
export function oddStream(seed: number, index: number): Buffer {
  const rng = rngFrom(seed, `stream/${index}`);
  const whole = rng.nextFloat() < 0.5 ? oddHttp1(rng) : oddHttp2(rng);
  const mutated = rng.nextFloat() < 0.5 ? mutate(whole, rng) : whole;
  return rng.nextFloat() < 0.3 ? mutated.subarray(0, below(rng, mutated.length + 1)) : mutated;
}

/** Returns what a server of HTTP/1.1 answers that is no good one as a rule. */
export function oddAnswer(seed: number, index: number): Buffer {
  const rng = rngFrom(seed, `answer/${index}`);
  const line = pick(rng, ANSWER_LINES);
  const headers = Array.from({ length: below(rng, 4) }, () => `${pick(rng, HEADERS)}\r\n`);
  const end = pick(rng, ['\r\n', '\r\n', '\n', '']);
  const whole = Buffer.from(`${line}${headers.join('')}${end}${pick(rng, BODIES)}`, 'latin1');
  return rng.nextFloat() < 0.3 ? mutate(whole, rng) : whole;
}

/** Returns what a server of HTTP/2 answers on a stream, frames that are no good ones as a rule. */
export function oddFrames(seed: number, index: number, streamId: number): Buffer {
  const rng = rngFrom(seed, `frames/${index}`);
  const parts = Array.from({ length: 1 + below(rng, 4) }, () => {
    const isLast = rng.nextFloat() < 0.3;
    const sort = rng.nextFloat();
    if (sort < 0.2) return dataFrame(streamId, isLast, 'hello');
    if (sort < 0.3) return oddFrame(rng);
    const status: [string, string][] =
      rng.nextFloat() < 0.8
        ? [[':status', pick(rng, ['200', '103', '204', '999', '101', 'x'])]]
        : [];
    const fields = Array.from({ length: below(rng, 3) }, () => pick(rng, FIELDS));
    return headersFrame(streamId, isLast, [...status, ...fields]);
  });
  return Buffer.concat(parts);
}

/**
 * Sends a stream in some writes, and ends it by chance with FIN, RST, or when the other side does.
 */
export function playStream(port: number, bytes: Buffer, rng: Rng): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve());
    socket.resume();
    socket.once('connect', () => void send(socket, bytes, rng));
  });
}

async function send(socket: Socket, bytes: Buffer, rng: Rng): Promise<void> {
  const parts = 1 + below(rng, 3);
  for (let i = 0; i < parts; i++) {
    const from = Math.floor((bytes.length * i) / parts);
    if (socket.writable) socket.write(bytes.subarray(from, (bytes.length * (i + 1)) / parts));
    await new Promise(setImmediate);
  }
  const ending = below(rng, 3);
  if (ending === 0) socket.resetAndDestroy();
  else if (ending === 1) socket.end(() => setImmediate(() => socket.destroy()));
  else socket.setTimeout(20, () => socket.destroy());
}

function oddHttp1(rng: Rng): Buffer {
  const requests = Array.from({ length: 1 + below(rng, 3) }, () => {
    const headers = Array.from({ length: below(rng, 5) }, () => `${pick(rng, HEADERS)}\r\n`);
    const version = pick(rng, ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/3', '']);
    const line = `${pick(rng, METHODS)} ${pick(rng, TARGETS)} ${version}\r\n`;
    return `${line}${headers.join('')}\r\n${pick(rng, BODIES)}`;
  });
  return Buffer.from(requests.join(''), 'latin1');
}

function oddHttp2(rng: Rng): Buffer {
  const frames = Array.from({ length: 1 + below(rng, 8) }, () => oddFrame(rng));
  return Buffer.concat([Buffer.from(PREFACE), frame(4, 0, 0, Buffer.alloc(0)), ...frames]);
}

function oddFrame(rng: Rng): Buffer {
  const streamId = pick(rng, [0, 1, 1, 3, 5, 2, 0x7fffffff]);
  const flags = pick(rng, [0, 1, 4, 5, 8, 0x20, 0xff]);
  const type = pick(rng, [0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 200]);
  if (type === 1 && rng.nextFloat() < 0.7)
    return frame(1, pick(rng, [4, 5]), streamId, HEADER_BLOCK);
  return frame(type, flags, streamId, noise(rng, pick(rng, [0, 4, 5, 6, 8, 40])));
}

function mutate(bytes: Buffer, rng: Rng): Buffer {
  const mutated = Buffer.from(bytes);
  for (let i = 0; i < 1 + below(rng, 6); i++) mutated[below(rng, mutated.length)] = below(rng, 256);
  return rng.nextFloat() < 0.1 ? deflateRawSync(mutated) : mutated;
}

function noise(rng: Rng, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => below(rng, 256)));
}

function below(rng: Rng, limit: number): number {
  return Math.floor(rng.nextFloat() * limit);
}

function pick<T>(rng: Rng, from: readonly [T, ...T[]] | readonly T[]): T {
  const picked = from[below(rng, from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}
