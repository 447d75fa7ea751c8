import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyTls } from '../../src/scenario/index.ts';
import { driverCalls, type DriverCalls } from './driver-calls.ts';
import { HAS_OPENSSL } from './installed-parts.ts';

describe.skipIf(!HAS_OPENSSL)('HTTP/2 over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callgauge-http2-'));
  let server: Http2SecureServer | Server | undefined;
  const identity = { key: '', cert: '' };

  beforeAll(() => {
    const options =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=good ' +
      `-keyout ${join(folder, 'good.key')} -out ${join(folder, 'good.crt')} ` +
      '-addext subjectAltName=DNS:localhost';
    execFileSync('openssl', options.split(' '), { stdio: 'ignore' });
    identity.key = readFileSync(join(folder, 'good.key'), 'utf8');
    identity.cert = readFileSync(join(folder, 'good.crt'), 'utf8');
  });

  afterEach(() => server?.close());
  afterAll(() => rmSync(folder, { recursive: true }));

  async function calls(calling: { calls: number; body?: string }): Promise<DriverCalls> {
    server?.listen(0, '127.0.0.1');
    if (server) await once(server, 'listening');
    const address = server?.address();
    const tls: ReadyTls = {
      ca: 'good.crt',
      cert: '',
      key: '',
      passphrase: '',
      serverName: '',
      verify: true,
      minVersion: 'TLSv1.2',
      material: { ca: identity.cert, cert: '', key: '' },
    };
    return driverCalls({
      url: `https://localhost:${typeof address === 'object' ? address?.port : 0}`,
      calls: calling.calls,
      connections: 2,
      http: { method: 'POST', body: calling.body ?? '' },
      answers: true,
      target: { protocol: 'http2', streams: 20, tls },
    });
  }

  it('is asked for in the handshake, and carries many calls at once, small and large', async () => {
    const body = 'b'.repeat(400_000);
    server = createSecureServer(identity, (request, response) => request.pipe(response));
    const made = await calls({ calls: 60, body });
    expect(made.outcomes).toEqual({ ok: 60 });
    expect(made.connected).toHaveLength(2);
    expect(made.connected.every(({ tlsNs }) => tlsNs > 0)).toBe(true);
    for (const { answer } of made.calls) expect(answer?.body.toString()).toBe(body);
  });

  it('is not spoken to a server that does not take it', async () => {
    server = createServer({ ...identity, ALPNProtocols: ['http/1.1'] }, (_request, response) => {
      response.end('ok');
    });
    const made = await calls({ calls: 1 });
    expect(made.calls).toEqual([]);
    expect(['no HTTP/2 by ALPN', 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL']).toContain(
      made.errors[0],
    );
  });
});
