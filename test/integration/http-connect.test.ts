import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { driverCalls } from './driver-calls.ts';
import { HAS_OPENSSL } from './installed-parts.ts';
import { startRawServer } from './raw-server.ts';

const CLOSING = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok';

describe('the parts of a connect', () => {
  it.each([
    ['127.0.0.1', false],
    ['localhost', true],
  ])('to %s: a look-up only for a name, and no handshake', async (host, isName) => {
    const server = await startRawServer((socket) => socket.end(CLOSING));
    const url = server.url.replace('127.0.0.1', host);
    const { connected, outcomes } = await driverCalls({ url, calls: 5, connections: 1 });
    await server.close();
    expect(outcomes).toEqual({ ok: 5 });
    expect(connected.length).toBeGreaterThanOrEqual(5);
    for (const { dnsNs, tcpNs, tlsNs, resumed } of connected) {
      expect([dnsNs > 0, tcpNs > 0, tlsNs, resumed]).toEqual([isName, true, 0, false]);
    }
  });
});

describe.skipIf(!HAS_OPENSSL)('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callgauge-connect-'));
  const trustedBefore = getCACertificates('default');
  let server: Server | undefined;

  beforeAll(() => {
    makeCertificate(folder, 'good', 'DNS:localhost,IP:127.0.0.1');
    makeCertificate(folder, 'other', 'DNS:elsewhere.example');
    const certificates = ['good', 'other'].map((name) => read(`${name}.crt`));
    setDefaultCACertificates([...trustedBefore, ...certificates]);
  });

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  afterAll(() => {
    setDefaultCACertificates(trustedBefore);
    rmSync(folder, { recursive: true });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    '%s: the handshake is timed apart, and taken up again at a reconnect',
    async (version) => {
      const url = await listen('good', { minVersion: version, maxVersion: version });
      const { connected, outcomes } = await driverCalls({ url, calls: 8, connections: 1 });
      expect(outcomes).toEqual({ ok: 8 });
      expect(connected.every(({ tlsNs, tcpNs }) => tlsNs > 0 && tcpNs > 0)).toBe(true);
      expect(connected.slice(0, 8).map(({ resumed }) => resumed)).toEqual([
        false,
        ...Array.from({ length: 7 }, () => true),
      ]);
    },
  );

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    '%s: a certificate for another name is refused, the second time too',
    async (version) => {
      const url = await listen('other', { minVersion: version, maxVersion: version });
      const { connected, calls, errors } = await driverCalls({ url, calls: 2, connections: 1 });
      expect([connected, calls, errors]).toEqual([[], [], ['ERR_TLS_CERT_ALTNAME_INVALID']]);
    },
  );

  async function listen(name: string, options: ServerOptions): Promise<string> {
    const identity = { key: read(`${name}.key`), cert: read(`${name}.crt`) };
    server = createServer({ ...identity, ...options }, (_request, response) => {
      response.setHeader('connection', 'close').end('ok');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `https://localhost:${typeof address === 'object' ? address?.port : 0}`;
  }

  function read(file: string): string {
    return readFileSync(join(folder, file), 'utf8');
  }
});

function makeCertificate(folder: string, name: string, names: string): void {
  const options =
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=${name} ` +
    `-keyout ${join(folder, name)}.key -out ${join(folder, name)}.crt ` +
    `-addext subjectAltName=${names}`;
  execFileSync('openssl', options.split(' '), { stdio: 'ignore' });
}
