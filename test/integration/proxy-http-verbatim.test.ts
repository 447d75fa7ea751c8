import { afterEach, describe, expect, it } from 'vitest';

import { refusingPort } from './free-port.ts';
import { httpProxy, rawServer, rawTalk, type RawTalk } from './http-proxy.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const resource of open.splice(0)) await resource.close();
});

const HOST = 'Host: shop.test\r\n';
const CLOSE = 'Connection: close\r\n';
const LAST = `GET /last HTTP/1.1\r\n${HOST}${CLOSE}\r\n`;
const OK_LAST = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlast';

interface Talk {
  readonly name: string;
  /** What the client sends, in these writes. */
  readonly sends: readonly string[];
  /** What the server waits for before each of its answers. */
  readonly answers: readonly { readonly after: string; readonly bytes: string }[];
}

function talk(name: string, sends: readonly string[], ...answers: [string, string][]): Talk {
  return { name, sends, answers: answers.map(([after, bytes]) => ({ after, bytes })) };
}

const CORPUS: readonly Talk[] = [
  talk(
    'names in any case and order, doubles kept, blanks around values',
    [`GET /a?b=c%20d HTTP/1.1\r\nhOsT:  shop.test \r\nX-b: 1\r\nX-A: 2\r\nx-B: 3\r\n${CLOSE}\r\n`],
    [
      '\r\n\r\n',
      'HTTP/1.1 200 All Right\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nCONTENT-LENGTH:2\r\nConnection: close\r\n\r\nok',
    ],
  ),
  talk(
    'chunks with extensions and trailers',
    [
      `POST /up HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n`,
      '3;a=b\r\nabc\r\n',
      '00A\r\n0123456789\r\n',
      '0\r\nX-Sum: 9\r\n\r\n',
      LAST,
    ],
    [
      'X-Sum: 9\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;q="x"\r\nabcd\r\n0\r\nX-Check: 1\r\nX-Check: 2\r\n\r\n',
    ],
    ['/last', OK_LAST],
  ),
  talk(
    'interim answers, then the final one',
    [`POST /up HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n`, `abc${LAST}`],
    [
      'abc',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n',
    ],
    ['/last', OK_LAST],
  ),
  talk(
    'answers without a body though a length is said',
    [
      `HEAD /h HTTP/1.1\r\n${HOST}\r\n`,
      `GET /none HTTP/1.1\r\n${HOST}\r\n`,
      `GET /same HTTP/1.1\r\n${HOST}\r\n`,
      LAST,
    ],
    ['/h', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n'],
    ['/none', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['/same', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n'],
    ['/last', OK_LAST],
  ),
  talk(
    'pipelined requests, answered in one write',
    [
      `GET /1 HTTP/1.1\r\n${HOST}\r\nPOST /2 HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhiGET /3 HTTP/1.1\r\n${HOST}\r\n${LAST}`,
    ],
    [
      '/last',
      `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n3\r\n0\r\n\r\n${OK_LAST}`,
    ],
  ),
  talk(
    'a body that ends with the connection, of HTTP/1.0',
    ['GET /old HTTP/1.0\r\n\r\n'],
    ['/old', 'HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end'],
  ),
  talk(
    'an answer that is cut short by its server',
    [LAST],
    ['/last', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this'],
  ),
  talk(
    'what is no answer at all',
    [LAST],
    ['/last', 'HELLO 220 smtp ready\r\nX Y\r\n\r\nand so on'],
  ),
  talk('an answer that nobody asked for', [''], ['', 'HTTP/1.1 408 Request Timeout\r\n\r\n']),
  talk(
    'an upgrade, and what is said after it',
    [
      `GET /ws HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      '\x81\x05hello not http',
    ],
    ['', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
    ['not http', '\x81\x00bye'],
  ),
  talk(
    'CONNECT, and what is said in the tunnel',
    [`CONNECT shop.test:443 HTTP/1.1\r\n${HOST}\r\n`, '\x16\x03\x01 tls'],
    ['CONNECT', 'HTTP/1.1 200 Connected\r\n\r\n'],
    ['tls', '\x16 too'],
  ),
  talk('an empty line before a request, as old clients send', [`\r\n${LAST}`], ['/last', OK_LAST]),
];

/** Plays a talk with the server in front of which, or straight at which, `reach` gives a port. */
async function play(
  { sends, answers }: Talk,
  reach: (port: number) => Promise<number>,
): Promise<{ readonly client: RawTalk; readonly server: string }> {
  let heard = '';
  const server = await rawServer((socket) => {
    const left = [...answers];
    const answer = (): void => {
      for (let next = left[0]; next && heard.includes(next.after); next = left[0]) {
        left.shift();
        socket.write(next.bytes, 'latin1');
      }
      if (left.length === 0) socket.end();
    };
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      answer();
    });
    if (answers[0]?.after === '' && sends[0] === '') answer();
  });
  open.push({ close: server.stop });
  const client = await rawTalk(await reach(server.port), sends);
  return { client, server: heard };
}

describe('a proxy that reads HTTP/1.1, without faults', () => {
  it.each(CORPUS.map((one) => [one.name, one] as const))('passes %s', async (_name, one) => {
    const direct = await play(one, (port) => Promise.resolve(port));
    const through = await play(one, async (port) => {
      const proxy = await httpProxy(port);
      open.push(proxy);
      return proxy.port;
    });
    expect(through).toEqual(direct);
    expect(direct.client.received).not.toBe('');
  });

  it('passes the same when the bytes come one by one', async () => {
    const one = CORPUS.find(({ name }) => name.startsWith('chunks'));
    const sends = one?.sends.join('').split('') ?? [];
    const bytewise = { name: '', sends, answers: one?.answers ?? [] };
    const direct = await play(bytewise, (port) => Promise.resolve(port));
    const through = await play(bytewise, async (port) => {
      const proxy = await httpProxy(port);
      open.push(proxy);
      return proxy.port;
    });
    expect(through).toEqual(direct);
  });

  it('closes the client when the upstream cannot be reached, as one of plain TCP does', async () => {
    const closed = await refusingPort();
    const proxy = await httpProxy(closed.port);
    open.push(proxy, { close: async () => closed.release() });
    expect(await rawTalk(proxy.port, [LAST])).toMatchObject({ received: '' });
    expect((await proxy.set.stats()).get('edge')?.failedDials).toBe(1);
  });

  it('resets the client when the upstream resets', async () => {
    const server = await rawServer((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const proxy = await httpProxy(server.port);
    open.push(proxy, { close: server.stop });
    expect(await rawTalk(proxy.port, [LAST])).toEqual({ received: '', end: 'RST' });
  });

  it.each([
    ['no request at all', 'HELLO\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n', 400],
    [
      'a chunk whose size is no number',
      'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
      400,
    ],
    ['a head that is too large', `GET / HTTP/1.1\r\nA: ${'b'.repeat(70_000)}\r\n\r\n`, 431],
  ])('answers %s with a clear status and closes', async (_name, bytes, status) => {
    const server = await rawServer((socket) => socket.resume());
    const proxy = await httpProxy(server.port);
    open.push(proxy, { close: server.stop });
    const { received, end } = await rawTalk(proxy.port, [bytes]);
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*Connection: close`, 'u'));
    expect(end).toBe('FIN');
    expect((await proxy.set.stats()).get('edge')?.malformedRequests).toBe(1);
  });
});
