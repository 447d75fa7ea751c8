import { once } from 'node:events';
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect as dial } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';

import { type Ns, NS_PER_MS, NS_PER_SEC, sleep, systemClock } from '../../src/core/index.ts';
import type { Toxic } from '../../src/toxics/index.ts';
import { httpProxy, listening, toxic, type HttpProxy } from './http-proxy.ts';

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** What a client saw of one exchange. */
interface Seen {
  readonly interim: readonly (readonly string[])[];
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  readonly rstCode: number;
}

/** The types lack the first: without it doubles of some headers are refused. */
const CLIENT = { strictSingleValueFields: false, maxSessionMemory: 200 };

type Talk = (stream: ServerHttp2Stream, headers: readonly string[]) => void;

/** A server, and a proxy before it. */
async function setUp(
  talk: Talk,
  toxics: readonly Toxic[] = [],
): Promise<{ direct: ClientHttp2Session; through: ClientHttp2Session; proxy: HttpProxy }> {
  const server = createServer({ maxSessionMemory: 200 });
  server.on('stream', (stream, _headers, _flags, raw) => {
    stream.on('error', () => undefined);
    talk(stream, raw);
  });
  const { port, stop } = await listening(server);
  const proxy = await httpProxy(port, { toxics });
  const clients = [port, proxy.port].map((at) => {
    const client = connect(`http://127.0.0.1:${at}`, CLIENT);
    client.on('error', () => undefined);
    return client;
  });
  open.push(stop, () => proxy.close(), ...clients.map((client) => () => client.destroy()));
  const [direct, through] = clients;
  if (!direct || !through) throw new Error('two clients');
  return { direct, through, proxy };
}

async function exchange(
  client: ClientHttp2Session,
  headers: readonly string[] | OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<Seen> {
  const stream = client.request(headers, { endStream: body === undefined });
  stream.on('error', () => undefined);
  const interim: string[][] = [];
  let [answer, trailers]: string[][] = [[], []];
  stream.on('headers', (_headers, _flags, raw) => interim.push(raw));
  stream.on('response', (_headers, _flags, raw) => (answer = raw));
  stream.on('trailers', (_headers, _flags, raw) => (trailers = raw));
  if (body !== undefined) stream.end(body);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => {
    stream.once('close', resolve);
  });
  const text = Buffer.concat(chunks).toString('latin1');
  const rstCode = stream.rstCode ?? -1;
  return { interim, headers: answer ?? [], body: text, trailers: trailers ?? [], rstCode };
}

function get(path: string, ...more: string[]): string[] {
  return [':method', 'GET', ':scheme', 'http', ':authority', 'shop.test', ':path', path, ...more];
}

const ABORT = { status: 418, body: '', contentType: '', headers: {} };

describe('a proxy that reads HTTP/2, without faults', () => {
  const TALKS: readonly (readonly [string, readonly string[], string | undefined, Talk])[] = [
    [
      'doubles of headers, interim answers, no date of its own',
      get('/a?b', 'x-b', '1', 'x-a', '2', 'x-b', '3'),
      undefined,
      (stream, raw) => {
        stream.additionalHeaders({ ':status': 103, link: ['</a>', '</b>'] });
        const echoed = raw.filter((_, i) => raw[i - (i % 2)]?.startsWith('x-'));
        const headers = [':status', '200', 'set-cookie', 'a=1', 'set-cookie', 'b=2', ...echoed];
        stream.respond(headers, { sendDate: false } as object);
        stream.end('ok');
      },
    ],
    [
      'a body and trailers both ways',
      get('/up', 'te', 'trailers'),
      'x'.repeat(300_000),
      (stream) => {
        void buffer(stream).then((body) => {
          stream.respond([':status', '201'], { waitForTrailers: true, sendDate: false } as object);
          stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': ['1', '2'] }));
          stream.end(String(body.length));
        });
      },
    ],
    [
      'an answer of nothing but headers',
      get('/head'),
      undefined,
      (stream) => {
        const headers = [':status', '200', 'grpc-status', '5'];
        stream.respond(headers, { endStream: true, sendDate: false } as object);
      },
    ],
    [
      'a stream that the server resets with a code',
      get('/reset'),
      undefined,
      (stream) => {
        stream.respond([':status', '200'], { sendDate: false } as object);
        stream.write('some', () => stream.close(11));
      },
    ],
    ['a stream that is refused', get('/refuse'), undefined, (stream) => stream.close(7)],
  ];

  it.each(TALKS)('passes %s', async (_name, headers, body, talk) => {
    const { direct, through } = await setUp(talk);
    const expected = await exchange(direct, headers, body);
    expect(await exchange(through, headers, body)).toEqual(expected);
  });

  it('hands the code of a stream that the client resets to the upstream', async () => {
    const codes: Promise<number>[] = [];
    const { through } = await setUp((stream) => {
      codes.push(once(stream, 'close').then(() => stream.rstCode ?? -1));
      stream.respond([':status', '200']);
    });
    const stream = through.request(get('/long'));
    stream.on('error', () => undefined);
    await once(stream, 'response');
    stream.close(8);
    expect(await codes[0]).toBe(8);
  });

  it('passes many streams at once, each its own body, larger than any window', async () => {
    const { through } = await setUp((stream) => {
      stream.respond([':status', '200']);
      stream.pipe(stream);
    });
    const bodies = Array.from({ length: 20 }, (_, i) => String.fromCharCode(65 + i).repeat(3e6));
    const seen = await Promise.all(bodies.map((body) => exchange(through, get('/echo'), body)));
    expect(seen.map(({ body }) => body)).toEqual(bodies);
  });

  it('knows HTTP/2 by what the client says, though the upstream speaks first', async () => {
    const server = createServer();
    server.on('stream', (stream) => stream.respond([':status', '200'], { endStream: true }));
    const { port, stop } = await listening(server);
    const proxy = await httpProxy(port, { toxics: [toxic('http_abort', ABORT)] });
    const socket = dial(proxy.port, '127.0.0.1');
    await once(server, 'session');
    await sleep(systemClock(), 50 * NS_PER_MS);
    const client = connect(proxy.url, { createConnection: () => socket });
    open.push(
      stop,
      () => proxy.close(),
      () => client.destroy(),
    );
    expect((await exchange(client, get('/'))).headers).toContain('418');
  });

  it('hands the bound of streams on that the upstream sets', async () => {
    const server = createServer({ settings: { maxConcurrentStreams: 3 } });
    const { port, stop } = await listening(server);
    const proxy = await httpProxy(port);
    const client = connect(proxy.url);
    open.push(
      stop,
      () => proxy.close(),
      () => client.destroy(),
    );
    for (let bound = 1000; bound !== 3;) {
      const [settings] = (await once(client, 'remoteSettings')) as [
        { maxConcurrentStreams: number },
      ];
      bound = settings.maxConcurrentStreams;
    }
    expect(client.remoteSettings.maxConcurrentStreams).toBe(3);
  });

  it('hands GOAWAY on and closes behind the last answer', async () => {
    const { through } = await setUp((stream) => {
      stream.session?.close();
      stream.respond([':status', '200']);
      stream.end('last');
    });
    const closed = once(through, 'close');
    expect(await exchange(through, get('/'))).toMatchObject({ body: 'last', rstCode: 0 });
    await closed;
  });
});

describe('faults on HTTP/2', () => {
  const hello: Talk = (stream) => {
    stream.respond([':status', '200', 'content-length', '10'], { sendDate: false } as object);
    stream.end('0123456789');
  };

  it('aborts with a status, headers and a body that the upstream knows nothing of', async () => {
    let met = 0;
    const headers = { 'retry-after': '1' };
    const abort = toxic('http_abort', { status: 503, body: 'no', contentType: 'text/x', headers });
    const { through } = await setUp(() => met++, [{ ...abort, match: { path: '/api/*' } }]);
    const seen = await exchange(through, get('/api/orders'), 'z'.repeat(100_000));
    expect(seen.headers).toEqual([
      ':status',
      '503',
      'content-type',
      'text/x',
      'retry-after',
      '1',
      'content-length',
      '2',
    ]);
    expect(seen).toMatchObject({ body: 'no', rstCode: 0 });
    expect(met).toBe(0);
  });

  it('resets the stream alone', async () => {
    const { through } = await setUp(hello, [toxic('http_reset', {}, { match: { path: '/bad' } })]);
    expect(await exchange(through, get('/bad'))).toMatchObject({ headers: [], rstCode: 2 });
    expect(await exchange(through, get('/good'))).toMatchObject({ body: '0123456789', rstCode: 0 });
  });

  it('cuts a body off behind so many bytes', async () => {
    const settings = { how: 'truncate', bytes: 4, body: '' };
    const { through } = await setUp(hello, [toxic('http_body', settings)]);
    expect(await exchange(through, get('/'))).toMatchObject({ body: '0123', rstCode: 2 });
  });

  it('replaces a body and says its length', async () => {
    const settings = { how: 'replace', bytes: 0, body: 'else' };
    const { through } = await setUp(hello, [toxic('http_body', settings)]);
    const seen = await exchange(through, get('/'));
    expect(seen).toMatchObject({ body: 'else', rstCode: 0 });
    expect(seen.headers).toEqual([':status', '200', 'content-length', '4']);
  });

  it('edits the headers of requests and answers, each in its direction', async () => {
    const { through } = await setUp(
      (stream, raw) => {
        const names = raw.filter((_, i) => i % 2 === 0 && !raw[i]?.startsWith(':')).join();
        stream.respond([':status', '200', 'saw', names, 'x-old', '1'], {
          sendDate: false,
        } as object);
        stream.end();
      },
      [
        toxic(
          'http_headers',
          { remove: ['Cookie'], set: { Via: 'us' }, add: {} },
          { stream: 'upstream', name: 'up' },
        ),
        toxic('http_headers', { remove: ['x-old'], set: {}, add: { 'X-New': '2' } }),
      ],
    );
    const { headers } = await exchange(through, get('/', 'cookie', 'a', 'x-b', '1'));
    expect(headers).toEqual([':status', '200', 'saw', 'x-b,via', 'x-new', '2']);
  });

  it('lets a body go no faster than told', async () => {
    const { through } = await setUp(hello, [toxic('http_slow_body', { bytesPerSec: 40 })]);
    const clock = systemClock();
    const seen = await exchange(through, get('/'));
    expect(seen.body).toBe('0123456789');
    expect(clock.nowNs()).toBeGreaterThan(180 * NS_PER_MS);
  });

  it('delays a request and no other', async () => {
    const delayOf = (path: string, delayNs: Ns): Toxic => {
      const delay = { distribution: 'constant', delayNs } as const;
      return toxic('http_delay', { delay }, { name: path, match: { path } });
    };
    const { through } = await setUp(hello, [
      delayOf('/slow', 200 * NS_PER_MS),
      delayOf('/held', 3_600 * NS_PER_SEC),
    ]);
    let isAnswered = false;
    void exchange(through, get('/held')).then(() => (isAnswered = true));
    const clock = systemClock();
    expect((await exchange(through, get('/slow'))).body).toBe('0123456789');
    expect(clock.nowNs()).toBeGreaterThanOrEqual(200 * NS_PER_MS);
    expect((await exchange(through, get('/fast'))).body).toBe('0123456789');
    expect(isAnswered).toBe(false);
  });
});
