import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';

import { NS_PER_MS, rngFrom, systemClock, type Rng } from '../../src/core/index.ts';
import type { Toxic } from '../../src/toxics/index.ts';
import { newRunId, PROPAGATION_FORMATS, RunIds } from '../../src/trace/index.ts';
import { sentHeaders } from '../trace/sent-headers.ts';
import { httpProxy, listening, rawTalk, toxic, type HttpProxy } from './http-proxy.ts';

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const ABORT = { status: 503, body: 'no', contentType: 'text/x', headers: { 'X-Why': 'fault' } };
const RUN = newRunId(1_700_000_000_000, 1);
const HOST = 'Host: shop.test\r\n';
const LAST = `GET /last HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;

/** A server that answers `ok` with the request's path, and reports what it met. */
async function setUp(
  toxics: readonly Toxic[],
  options: Parameters<typeof httpProxy>[1] = {},
): Promise<{ proxy: HttpProxy; met: string[]; server: Server }> {
  const met: string[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, answer) => {
    met.push(`${incoming.method} ${incoming.url}`);
    incoming.resume();
    incoming.on('end', () => {
      answer.sendDate = false;
      answer.setHeader('x-saw', String(incoming.headers['x-sent']));
      answer.end(`ok ${incoming.url}`);
    });
  });
  const { port, stop } = await listening(server);
  const proxy = await httpProxy(port, { toxics, ...options });
  open.push(stop, () => proxy.close());
  return { proxy, met, server };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Asks with the client of node; fails with the code of its error. */
function ask(
  proxy: HttpProxy,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  agent = new Agent(),
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${proxy.url}${path}`, { headers, agent }, (answer) => {
      buffer(answer).then(
        (body) => {
          const { statusCode: status = 0, headers: got } = answer;
          resolve({ status, headers: got, body: body.toString() });
        },
        (error: NodeJS.ErrnoException) => reject(new Error(error.code)),
      );
    });
    asked.on('error', (error: NodeJS.ErrnoException) => reject(new Error(error.code)));
    asked.end();
  });
}

describe('faults on HTTP/1.1', () => {
  it('aborts what matches, unseen by the upstream, in the order of pipelined requests', async () => {
    const match = { methods: ['POST'], path: '/api/*' };
    const { proxy, met } = await setUp([toxic('http_abort', ABORT, { match })]);
    const { received } = await rawTalk(proxy.port, [
      `GET /api/1 HTTP/1.1\r\n${HOST}\r\nPOST /api/2 HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc${LAST}`,
    ]);
    const aborted =
      'HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/x\r\nX-Why: fault\r\nContent-Length: 2\r\n\r\nno';
    const at = ['ok /api/1', aborted, 'ok /last'].map((text) => received.indexOf(text));
    expect(at.every((position, i) => position > (at[i - 1] ?? 0))).toBe(true);
    expect(met).toEqual(['GET /api/1', 'GET /last']);
    expect((await proxy.set.stats()).get('edge')?.affected).toEqual({ http_abort: 1 });
  });

  it('closes behind an abort whose client keeps its body back', async () => {
    const { proxy } = await setUp([toxic('http_abort', ABORT)]);
    const head = `POST / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`;
    const { received, end } = await rawTalk(proxy.port, [head]);
    expect(received).toMatch(/^HTTP\/1\.1 503 [^]*Connection: close\r\n\r\nno$/u);
    expect(end).toBe('FIN');
  });

  it('resets the connection in place of an answer', async () => {
    const { proxy, met } = await setUp([toxic('http_reset')]);
    await expect(ask(proxy, '/')).rejects.toThrow('ECONNRESET');
    expect(met).toEqual([]);
  });

  it('delays, and asks anew an upstream that closed the connection meanwhile', async () => {
    const delay = { distribution: 'constant', delayNs: 300 * NS_PER_MS } as const;
    const match = { path: '/slow' };
    const { proxy, server } = await setUp([toxic('http_delay', { delay }, { match })]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push(() => agent.destroy());
    expect((await ask(proxy, '/first', {}, agent)).body).toBe('ok /first');
    const clock = systemClock();
    const slow = ask(proxy, '/slow', {}, agent);
    await new Promise(setImmediate);
    server.closeIdleConnections();
    expect((await slow).body).toBe('ok /slow');
    expect(clock.nowNs()).toBeGreaterThanOrEqual(300 * NS_PER_MS);
  });

  it('edits headers of the request and of the answer', async () => {
    const { proxy } = await setUp([
      toxic(
        'http_headers',
        { remove: ['x-cut'], set: { 'X-Sent': 'by us' }, add: {} },
        { name: 'up', stream: 'upstream' },
      ),
      toxic('http_headers', { remove: [], set: {}, add: { 'X-Seen': 'by us' } }),
    ]);
    const { headers } = await ask(proxy, '/', { 'x-sent': 'by you' });
    expect(headers).toMatchObject({ 'x-saw': 'by us', 'x-seen': 'by us' });
  });

  it('replaces a body, and the next answer comes as it is', async () => {
    const match = { path: '/bad' };
    const settings = { how: 'replace', bytes: 0, body: 'else' };
    const { proxy } = await setUp([toxic('http_body', settings, { match })]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push(() => agent.destroy());
    const seen = await ask(proxy, '/bad', {}, agent);
    expect(seen).toMatchObject({ status: 200, body: 'else' });
    expect(seen.headers['content-length']).toBe('4');
    expect((await ask(proxy, '/good', {}, agent)).body).toBe('ok /good');
    expect((await proxy.set.stats()).get('edge')?.connections).toBe(1);
  });

  it('cuts a body off behind so many bytes', async () => {
    const { proxy } = await setUp([toxic('http_body', { how: 'truncate', bytes: 4, body: '' })]);
    const { received, end } = await rawTalk(proxy.port, [LAST]);
    expect(received).toMatch(/Content-Length: 8\r\n\r\nok \/$/u);
    expect(end).toBe('FIN');
  });

  it('lets a body go no faster than told, a body of its own too', async () => {
    const { proxy } = await setUp([
      toxic('http_body', { how: 'replace', bytes: 0, body: '0123456789' }),
      toxic('http_slow_body', { bytesPerSec: 40 }),
    ]);
    const clock = systemClock();
    expect((await ask(proxy, '/')).body).toBe('0123456789');
    expect(clock.nowNs()).toBeGreaterThan(180 * NS_PER_MS);
  });

  it('does as a caller asks by header where that is allowed, and nowhere else', async () => {
    const headers = { 'x-envoy-fault-abort-request': '429' };
    const [allowed, other] = [await setUp([], { callerFaults: true }), await setUp([])];
    expect(await ask(allowed.proxy, '/', headers)).toMatchObject({ status: 429 });
    expect(await ask(other.proxy, '/', headers)).toMatchObject({ status: 200 });
    const bad = { 'x-envoy-fault-abort-request': '99' };
    expect(await ask(allowed.proxy, '/', bad)).toMatchObject({ status: 200 });
  });
});

describe('choosing one tree of calls', () => {
  const traceparent = (traceId: string): string => `00-${traceId}-00f067aa0ba902b7-01`;

  it('faults the requests of one trace, and no other', async () => {
    const ids = new RunIds(RUN);
    const match = { trace: ids.traceId(3) };
    const { proxy } = await setUp([toxic('http_abort', ABORT, { match })]);
    const statuses: number[] = [];
    for (let seq = 0; seq < 6; seq++) {
      const headers = { traceparent: traceparent(ids.traceId(seq)) };
      statuses.push((await ask(proxy, '/', headers)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 503, 200, 200]);
  });

  it.each(PROPAGATION_FORMATS)('faults them by the trace id in %s', async (format) => {
    const ids = new RunIds(RUN);
    const { proxy } = await setUp([
      toxic('http_abort', ABORT, { match: { trace: ids.traceId(1) } }),
    ]);
    const statuses: number[] = [];
    for (let seq = 0; seq < 3; seq++) {
      // With blanks, as numbers of fewer digits are sent.
      const sent = Object.entries(sentHeaders([format], ids, seq, seq));
      const headers = Object.fromEntries(sent.map(([name, value]) => [name, `  ${value}`]));
      statuses.push((await ask(proxy, '/', headers)).status);
    }
    expect(statuses).toEqual([200, 503, 200]);
  });

  it('faults the requests with an entry of baggage, and no other', async () => {
    const match = { baggage: { user: 'bob *' } };
    const { proxy } = await setUp([toxic('http_abort', ABORT, { match })]);
    const of = async (baggage: string): Promise<number> =>
      (await ask(proxy, '/', { baggage })).status;
    expect(await of('a=1, user=bob%20jones;p=1')).toBe(503);
    expect(await of('user=alice,x=bob%20')).toBe(200);
    expect(await of('')).toBe(200);
  });

  /** Which calls of a run fail: each arrival calls twice, many at once, in an order of chance. */
  async function faulted(seed: number, order: Rng, runId: string): Promise<readonly string[]> {
    const toxics = [toxic('http_abort', ABORT, { toxicity: 0.3 })];
    const { proxy } = await setUp(toxics, { seed, runId });
    const ids = new RunIds(runId);
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    open.push(() => agent.destroy());
    const failed: string[] = [];
    const seqs = Array.from({ length: 60 }, (_, seq) => seq).sort(() => order.nextFloat() - 0.5);
    await Promise.all(
      seqs.map(async (seq) => {
        const headers = { traceparent: traceparent(ids.traceId(seq)) };
        for (const call of [0, 1]) {
          const { status } = await ask(proxy, `/${seq}`, headers, agent);
          if (status === 503) failed.push(`${seq}/${call}`);
        }
      }),
    );
    return failed.sort();
  }

  it('faults the same calls of every run with the same seed, in whatever order they come', async () => {
    const once = await faulted(1, rngFrom(1, 'order'), RUN);
    const again = await faulted(1, rngFrom(2, 'order'), newRunId(1_800_000_000_000, 9));
    const other = await faulted(2, rngFrom(1, 'order'), RUN);
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
    expect(once.length).toBeGreaterThan(20);
    expect(once.length).toBeLessThan(54);
  });
});
