import { once } from 'node:events';
import { request, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../src/core/index.ts';
import { startMetricsServer } from '../../src/export/prometheus/index.ts';
import { startOtlpReceiver } from '../../src/ingest/index.ts';
import { ProxySet, startProxyAdmin } from '../../src/proxy/index.ts';

interface Opened {
  readonly url: string;
  close(): Promise<void>;
}

/** A port that callgauge opens: how, what it is asked, and how many connections it holds. */
interface OpenPort {
  readonly open: (host: string, allowedHosts?: readonly string[]) => Promise<Opened>;
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly max: number;
}

const PORTS: readonly (readonly [string, OpenPort])[] = [
  [
    'the admin API',
    {
      open: async (host, allowedHosts = []) => {
        const control = new ProxySet({ clock: systemClock(), seed: 1 });
        return startProxyAdmin({ control, listen: { host, port: 0 }, allowedHosts });
      },
      method: 'POST',
      path: '/reset',
      headers: {},
      max: 128,
    },
  ],
  [
    '/metrics',
    {
      open: async (host, allowedHosts = []) => {
        const run = { runId: '655d0a00c0ffee00', scenario: 'checkout' };
        const none = { quantilesOf: () => [], targetOf: () => '' };
        const at = { host, allowedHosts, port: 0, clock: systemClock() };
        return startMetricsServer({ ...run, ...none, ...at });
      },
      method: 'GET',
      path: '/metrics',
      headers: {},
      max: 64,
    },
  ],
  [
    'the OTLP receiver',
    {
      open: async (host, allowedHosts = []) =>
        startOtlpReceiver({ host, allowedHosts, accept: () => Promise.resolve() }),
      method: 'POST',
      path: '/v1/traces',
      headers: { 'content-type': 'application/x-protobuf' },
      max: 1_024,
    },
  ],
];

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe.each(PORTS)('%s', (_name, port) => {
  async function opened(...args: Parameters<OpenPort['open']>): Promise<string> {
    const server = await port.open(...args);
    closing.push(() => server.close());
    return server.url;
  }

  function ask(url: string, headers: OutgoingHttpHeaders) {
    return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const { port: number } = new URL(url);
      const target = { host: '127.0.0.1', port: number, path: port.path, method: port.method };
      const asked = request({ ...target, headers: { ...port.headers, ...headers } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      asked.on('error', reject).end();
    });
  }

  it('lets no web page in, whatever name it came under', async () => {
    const url = await opened('127.0.0.1');
    const pages: readonly (readonly [OutgoingHttpHeaders, string])[] = [
      [{ origin: 'http://evil.example' }, "Origin must be absent, got 'http://evil.example'"],
      [{ origin: new URL(url).origin }, `Origin must be absent, got '${new URL(url).origin}'`],
      [{ 'sec-fetch-site': 'same-origin' }, "Sec-Fetch-Site must be absent or none, got 'same-"],
      [{ host: 'evil.example' }, '--allow-host evil.example'],
      [{ host: '10.1.2.3:80' }, '--allow-host 10.1.2.3'],
    ];
    for (const [headers, text] of pages) {
      const answer = await ask(url, headers);
      expect([answer.status, answer.text]).toEqual([403, expect.stringContaining(text)]);
    }
    for (const headers of [{}, { host: 'localhost' }, { host: '[::1]:1' }]) {
      expect((await ask(url, headers)).status).toBeLessThan(300);
    }
  });

  it('is called by the names of private networks where it listens for others, and by those allowed', async () => {
    const url = await opened('0.0.0.0', ['ci.example']);
    for (const host of ['host.docker.internal:9464', '172.17.0.1', 'orders:1', 'ci.example']) {
      expect([host, (await ask(url, { host })).status]).toEqual([host, expect.closeTo(200, -1)]);
    }
    expect((await ask(url, { host: 'evil.example' })).status).toBe(403);
  });

  it('answers at once though as many connections as it holds are open and idle', async () => {
    const url = await opened('127.0.0.1');
    const sockets: Socket[] = [];
    closing.push(() => sockets.forEach((socket) => socket.destroy()));
    const dial = async (): Promise<Socket> => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => socket.destroy());
      await once(socket, 'connect');
      return socket;
    };
    const oldest = await dial();
    const gone = new Promise((resolve) => oldest.once('close', resolve));
    for (let i = 1; i < port.max; i++) await dial();
    // Half of a head is nothing to be waited for either.
    for (const socket of sockets.slice(0, 40)) socket.write('POST / HTTP/1.1\r\nhost: local');
    expect((await ask(url, {})).status).toBeLessThan(300);
    await gone;
    expect(sockets.at(-1)?.destroyed).toBe(false);
  });
});
