import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isLoopbackHost, webRefusal, type ServedAt } from '../../src/core/index.ts';

const LOOPBACK: ServedAt = { host: '127.0.0.1' };
const EVERYWHERE: ServedAt = { host: '0.0.0.0' };

function refusalOf(host: string, at: ServedAt): string | undefined {
  return webRefusal({ url: '/', headers: { host } }, at);
}

describe('webRefusal', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:8474',
    '127.9.8.7:1',
    'localhost',
    'LocalHost:8474',
    'localhost.:8474',
    'shop.localhost:80',
    '[::1]:8474',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]:1',
    '',
  ])('lets in who calls a loopback port as %j', (host) => {
    expect(refusalOf(host, LOOPBACK)).toBeUndefined();
    expect(refusalOf(host, EVERYWHERE)).toBeUndefined();
  });

  it.each([
    'evil.example',
    'evil.example:8474',
    'localhost.evil.example',
    '127.0.0.1.evil.example:8474',
    'notlocalhost',
    'orders:8474',
    '10.0.0.1:8474',
    '192.0.2.1',
    '[::2]:8474',
    '127.0.0.1:8474@evil.example',
    '127.0.0.1:abc',
    'evil.example,127.0.0.1',
    'a b',
  ])('refuses who calls a loopback port as %j', (host) => {
    expect(refusalOf(host, LOOPBACK)).toContain(`got '${host}'`);
  });

  it.each([
    '10.0.0.1:9464',
    '[fe80::1]:9464',
    'host.docker.internal:9464',
    'orders',
    'callgauge.load.svc.cluster.local:9464',
    'laptop.local',
    `${hostname()}:9464`,
  ])('lets in who calls a port of every interface as %j', (host) => {
    expect(refusalOf(host, EVERYWHERE)).toBeUndefined();
    expect(refusalOf(host, { host: '' })).toBeUndefined();
    expect(refusalOf(host, { host: '172.17.0.1' })).toBeUndefined();
  });

  it.each(['evil.example', 'evil.example:9464', 'internal.evil.example'])(
    'refuses who calls a port of every interface as %j, unless it was allowed',
    (host) => {
      expect(refusalOf(host, EVERYWHERE)).toContain(`got '${host}'`);
      const allowedHosts = ['internal.evil.example', 'EVIL.example.'];
      expect(refusalOf(host, { ...EVERYWHERE, allowedHosts })).toBeUndefined();
      expect(refusalOf(host, { ...LOOPBACK, allowedHosts })).toBeUndefined();
    },
  );

  it('lets in who calls the host that was asked for', () => {
    expect(refusalOf('ci-7.example.com:8474', { host: 'ci-7.example.com' })).toBeUndefined();
    expect(refusalOf('[2001:db8::7]:1', { host: '2001:db8::7' })).toBeUndefined();
    expect(refusalOf('ci-8.example.com:8474', { host: 'ci-7.example.com' })).toMatch(/ci-7\./u);
  });

  it.each([
    [{ origin: 'http://evil.example' }, "Origin must be absent, got 'http://evil.example'"],
    [{ origin: 'null' }, "Origin must be absent, got 'null'"],
    [{ origin: 'http://127.0.0.1:8474' }, "Origin must be absent, got 'http://127.0.0.1:8474'"],
    [{ 'sec-fetch-site': 'cross-site' }, "absent or none, got 'cross-site'"],
    [{ 'sec-fetch-site': 'same-origin' }, "absent or none, got 'same-origin'"],
    [{ 'sec-fetch-site': 'same-site' }, "absent or none, got 'same-site'"],
  ])('refuses what a page sends: %j', (headers, text) => {
    const refusal = webRefusal({ headers: { host: '127.0.0.1', ...headers } }, LOOPBACK);
    expect(refusal).toContain(text);
    expect(refusal).toContain('use a program that is no browser');
  });

  it('lets in a person who typed the address', () => {
    const headers = { host: 'localhost:9464', 'sec-fetch-site': 'none' };
    expect(webRefusal({ headers }, LOOPBACK)).toBeUndefined();
  });

  it('looks at the host of the target too', () => {
    const headers = { host: '127.0.0.1' };
    const at = (url: string) => webRefusal({ url, headers }, LOOPBACK);
    expect(at('http://evil.example/metrics')).toContain("got 'evil.example'");
    expect(at('http://127.0.0.1:9464/metrics')).toBeUndefined();
    expect(at('/http://evil.example')).toBeUndefined();
  });

  it('says what to do, and quotes no more than a line', () => {
    expect(refusalOf('ci.example:1', LOOPBACK)).toBe(
      "Host must be localhost, a loopback address or a name that was allowed, got 'ci.example:1': " +
        "it may be a web page's own name; use 127.0.0.1, or allow it with --allow-host ci.example",
    );
    expect(refusalOf('x'.repeat(10_000), LOOPBACK)?.length).toBeLessThan(400);
  });
});

describe('isLoopbackHost', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.255.0.3', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['', false],
    ['128.0.0.1', false],
    ['localhost.example', false],
  ])('%j: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected);
  });
});
