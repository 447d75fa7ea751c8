import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { type AddressInfo, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countOf, NS_PER_SEC } from '../../src/core/index.ts';
import {
  readTlsFiles,
  type ReadyTls,
  type TargetSpec,
  type TlsSpec,
} from '../../src/scenario/index.ts';
import { connectProxy } from './connect-proxy.ts';
import { type DriverCalls, driverCalls } from './driver-calls.ts';
import { HAS_OPENSSL } from './installed-parts.ts';
import { realRun, realScenario } from './real-run.ts';

describe.skipIf(!HAS_OPENSSL)('mutual TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callgauge-mutual-'));
  const servers: NetServer[] = [];

  beforeAll(() => {
    for (const ca of ['ca', 'other-ca']) makeAuthority(folder, ca);
    makeCertificate(folder, 'server', { ca: 'ca', names: 'DNS:orders.internal,IP:127.0.0.1' });
    makeCertificate(folder, 'expired-server', { ca: 'ca', names: 'IP:127.0.0.1', days: -1 });
    makeCertificate(folder, 'client', { ca: 'ca', names: 'DNS:client' });
    makeCertificate(folder, 'stranger', { ca: 'other-ca', names: 'DNS:client' });
    makeCertificate(folder, 'expired', { ca: 'ca', names: 'DNS:client', days: -1 });
    const locked = ['ec', '-aes256', '-passout', 'pass:letmein'];
    openssl(folder, [...locked, '-in', 'client.key', '-out', 'locked.key']);
    writeFileSync(join(folder, 'text.pem'), 'not a certificate');
  });

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('%s: accepted, and sessions are taken up', async (v) => {
    const { outcomes, connected } = await calls({ cert: 'client', options: versionOf(v) });
    expect(outcomes).toEqual({ ok: 6 });
    expect(connected.slice(0, 6).map(({ resumed }) => resumed)).toEqual([
      false,
      ...Array.from({ length: 5 }, () => true),
    ]);
  });

  it('with a key that a passphrase opens', async () => {
    const tls = { cert: 'client.crt', key: 'locked.key', passphrase: 'letmein' };
    expect((await calls({ tls })).outcomes).toEqual({ ok: 6 });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    '%s: a certificate of a stranger, one past its time and none are refused',
    async (version) => {
      for (const cert of ['stranger', 'expired', undefined]) {
        const { outcomes, errors } = await calls({ cert, count: 1, options: versionOf(version) });
        expect(outcomes['ok'] ?? 0).toBe(0);
        expect(errors.length).toBeGreaterThan(0);
        for (const error of errors) expect(error).toMatch(/ALERT|ECONNRESET|EPIPE/u);
      }
    },
  );

  it('a target past its time, of an unknown authority, or of another name: the reason', async () => {
    const expired = await calls({ cert: 'client', count: 1, server: 'expired-server' });
    expect(expired.errors).toEqual(['CERT_HAS_EXPIRED']);
    const unknown = await calls({ count: 1, tls: { ca: 'other-ca.crt' } });
    expect(unknown.errors).toEqual(['SELF_SIGNED_CERT_IN_CHAIN']);
    const renamed = await calls({ cert: 'client', count: 1, tls: { serverName: 'else.internal' } });
    expect(renamed.errors).toEqual(['ERR_TLS_CERT_ALTNAME_INVALID']);
  });

  it('asks for the server name given, and finds it in the certificate', async () => {
    const names: (string | false)[] = [];
    const options: ServerOptions = {
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    };
    const { outcomes } = await calls({
      cert: 'client',
      tls: { serverName: 'orders.internal' },
      options,
    });
    expect(outcomes).toEqual({ ok: 6 });
    expect(new Set(names)).toEqual(new Set(['orders.internal']));
  });

  it('verify: false takes any certificate', async () => {
    const tls = { ca: 'other-ca.crt', cert: 'client.crt', key: 'client.key', verify: false };
    expect((await calls({ tls, server: 'expired-server' })).outcomes).toEqual({ ok: 6 });
  });

  it('through a proxy: CONNECT, then the handshake with the target itself', async () => {
    const asked: string[] = [];
    const authorizations: unknown[] = [];
    const port = await listen('server', {});
    const proxy = connectProxy(port, ({ url, headers }) => {
      asked.push(url ?? '');
      authorizations.push(headers['proxy-authorization']);
    });
    servers.push(proxy);
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const via = `http://me:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const tls = await specOf({ cert: 'client.crt', key: 'client.key' });
    const url = `https://orders.internal:${port}`;
    const { outcomes, connected } = await driverCalls({
      url,
      calls: 6,
      connections: 1,
      reach: { tls, via },
    });
    expect(outcomes).toEqual({ ok: 6 });
    expect(new Set(asked)).toEqual(new Set([`orders.internal:${port}`]));
    expect(new Set(authorizations)).toEqual(new Set([`Basic ${btoa('me:secret')}`]));
    expect(connected.every(({ tcpNs, tlsNs }) => tcpNs > 0 && tlsNs > 0)).toBe(true);
  });

  it('a run counts connects and what was resumed, and has the handshake apart', async () => {
    const port = await listen('server', {});
    const tls = await specOf({ cert: 'client.crt', key: 'client.key' });
    const run = await realRun({
      url: `https://127.0.0.1:${port}`,
      ratePerSec: 100,
      durationNs: NS_PER_SEC / 5,
      // One after the other: a session can be taken up only once a handshake has made it.
      connections: 1,
      connectTimeoutNs: 20 * NS_PER_SEC,
      reach: {
        tls,
        connection: {
          reuse: false,
          maxRequests: Infinity,
          maxAgeNs: Infinity,
          maxIdleNs: Infinity,
        },
      },
    });
    expect(run.result.finished.ok).toBe(20);
    expect(run.counter('connects')).toBe(20);
    expect(run.counter('tls_resumed')).toBeGreaterThan(0);
    expect(countOf(run.histogram('tls'))).toBe(20);
  });

  it.each([
    [{ ca: 'none.pem' }, 'none.pem cannot be read: ENOENT', 'tls.ca'],
    [{ ca: '/dev/zero' }, '/dev/zero must be 1 MiB at most to be a file in PEM', 'tls.ca'],
    [{ ca: 'text.pem' }, 'text.pem must hold a certificate in PEM', 'tls.ca'],
    [{ cert: 'client.crt', key: 'text.pem' }, 'text.pem must hold a private key', 'tls.key'],
    [{ cert: 'client.crt', key: 'server.key' }, 'server.key must be the key of', 'tls.key'],
    [{ cert: 'client.crt', key: 'locked.key' }, 'locked.key is encrypted', 'tls.key'],
    [
      { cert: 'client.crt', key: 'locked.key', passphrase: 'wrong' },
      'locked.key does not open',
      'tls.key',
    ],
  ])('before the run, %o: %s', async (tls, message, place) => {
    await expect(specOf(tls)).rejects.toMatchObject({ code: 'TLS_UNUSABLE' });
    await expect(specOf(tls)).rejects.toThrow(message);
    await expect(specOf(tls)).rejects.toThrow(`(targets.target.${place})`);
    if ('passphrase' in tls) await expect(specOf(tls)).rejects.not.toThrow('wrong');
  });

  interface CallsOptions {
    readonly cert?: string | undefined;
    readonly tls?: Partial<TlsSpec>;
    readonly server?: string;
    readonly options?: ServerOptions;
    readonly count?: number;
  }

  async function calls({ cert, tls, server = 'server', options = {}, count = 6 }: CallsOptions) {
    const own = cert === undefined ? {} : { cert: `${cert}.crt`, key: `${cert}.key` };
    const reach = { tls: await specOf({ ...own, ...tls }) };
    const url = `https://127.0.0.1:${await listen(server, options)}`;
    const made: DriverCalls = await driverCalls({ url, calls: count, connections: 1, reach });
    return made;
  }

  /** Closes after each answer, so that every call has a handshake. */
  async function listen(name: string, options: ServerOptions): Promise<number> {
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
    const identity = { key: read(`${name}.key`), cert: read(`${name}.crt`), ca: read('ca.crt') };
    const server: Server = createServer(
      { ...identity, requestCert: true, rejectUnauthorized: true, ...options },
      (_request, response) => response.setHeader('connection', 'close').end('ok'),
    );
    server.on('tlsClientError', () => undefined);
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async function specOf(over: Partial<TlsSpec>): Promise<ReadyTls> {
    const tls: TlsSpec = {
      ca: 'ca.crt',
      cert: '',
      key: '',
      passphrase: '',
      serverName: '',
      verify: true,
      minVersion: 'TLSv1.2',
      ...over,
    };
    const run = realScenario({ url: 'https://x', ratePerSec: 1, durationNs: 1 });
    const targets = run.targets.map((target): TargetSpec => ({ ...target, tls }));
    const source = { file: join(folder, 'scenario.yaml'), text: '' };
    const [target] = (await readTlsFiles({ targets, source })).targets;
    if (target?.tls === undefined) throw new Error('it has a target with tls');
    return target.tls;
  }
});

function versionOf(version: 'TLSv1.2' | 'TLSv1.3'): ServerOptions {
  return { minVersion: version, maxVersion: version };
}

function makeAuthority(folder: string, name: string): void {
  openssl(folder, [
    ...`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2`.split(' '),
    ...`-subj /CN=${name} -keyout ${name}.key -out ${name}.crt`.split(' '),
  ]);
}

function makeCertificate(
  folder: string,
  name: string,
  { ca, names, days = 2 }: { readonly ca: string; readonly names: string; readonly days?: number },
): void {
  openssl(folder, [
    ...`req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name}`.split(' '),
    ...`-keyout ${name}.key -out ${name}.csr`.split(' '),
  ]);
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
  openssl(folder, [
    ...`x509 -req -in ${name}.csr -CA ${ca}.crt -CAkey ${ca}.key -CAcreateserial`.split(' '),
    ...`-days ${days} -extfile ${name}.ext -out ${name}.crt`.split(' '),
  ]);
}

function openssl(folder: string, words: readonly string[]): void {
  execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
}
