import { describe, expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { resolveReferences } from '../../src/scenario/index.ts';
import { changed, errorOf, parse, refusalOf } from './texts.ts';

const URL_LINE = 'orders: { url: "http://127.0.0.1:7101" }';
const target = (keys: string, url = 'http://127.0.0.1:7101'): string =>
  changed(URL_LINE, `orders: { url: "${url}", ${keys} }`);
const PAIR = 'cert: a.crt, key: a.key';

describe('how a target is reached', () => {
  test('left out: no trust of its own, no proxy, names for 30s, connections without bounds', () => {
    const [orders] = parse(target('connections: 3')).targets;
    expect(orders).toMatchObject({
      dns: { ttlNs: 30 * NS_PER_SEC, addresses: 'all', family: 'any' },
      connection: { reuse: true, maxRequests: Infinity, maxAgeNs: Infinity, maxIdleNs: Infinity },
    });
    expect([orders?.tls, orders?.via]).toEqual([undefined, undefined]);
  });

  test('every key', () => {
    const keys =
      'tls: { ca: ca.pem, cert: a.crt, key: a.key, passphrase: "${env.P}", serverName: orders, ' +
      'verify: false, minVersion: TLSv1.3 }, dns: { ttl: 0s, addresses: first, family: 6 }, ' +
      'via: "http://${env.P}@proxy:3128", connection: { reuse: false, maxRequests: 5, maxAge: 2s }';
    const [orders] = parse(target(keys, 'https://orders')).targets;
    expect(orders).toMatchObject({
      tls: {
        ca: 'ca.pem',
        cert: 'a.crt',
        key: 'a.key',
        passphrase: '${env.P}',
        serverName: 'orders',
        verify: false,
        minVersion: 'TLSv1.3',
      },
      dns: { ttlNs: 0, addresses: 'first', family: 6 },
      via: 'http://${env.P}@proxy:3128',
      connection: { reuse: false, maxRequests: 5, maxAgeNs: 2 * NS_PER_SEC, maxIdleNs: Infinity },
    });
  });

  test('secrets are filled in from the environment, and not into the source that is stored', () => {
    const keys = `tls: { ${PAIR}, passphrase: "\${env.P}" }, via: "http://me:\${env.P}@proxy:3128"`;
    const scenario = resolveReferences(parse(target(keys, 'https://orders')), {
      env: { P: 'hunter2' },
    });
    expect(scenario.targets[0]?.tls?.passphrase).toBe('hunter2');
    expect(scenario.targets[0]?.via).toBe('http://me:hunter2@proxy:3128');
    expect(scenario.source.text).not.toContain('hunter2');
  });
});

describe('is refused', () => {
  const https = 'https://orders';
  test.each([
    ['a cert without its key', 'tls: { cert: a.crt }', https, 'must have both cert and key'],
    [
      'a passphrase as it stands',
      `tls: { ${PAIR}, passphrase: x1 }`,
      https,
      'must be one reference',
    ],
    ['tls beside http', 'tls: { ca: ca.pem }', 'http://orders', 'must have an https:// url'],
    ['an old version', 'tls: { minVersion: TLSv1 }', https, 'must be TLSv1.2 or TLSv1.3'],
    ['a family that is none', 'dns: { family: 5 }', https, 'must be any, 4 or 6'],
    ['a proxy of another kind', 'via: "socks://h:1"', https, 'must be the URL of an HTTP proxy'],
    ['a proxy with a path', 'via: "http://h:1/x"', https, 'must be the URL of a proxy'],
    ['no call per connection', 'connection: { maxRequests: 0 }', https, 'must be a whole number'],
  ])('%s', (_, keys, url, message) => {
    const lines = refusalOf(target(keys, url));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(message);
  });

  test.each([
    ['in the file', (): unknown => parse(target('via: "http://me:hunter2@proxy:3128"'))],
    ['in the file, out of form', (): unknown => parse(target('via: "ftp://me:hunter2@proxy"'))],
    [
      'from the environment',
      (): unknown => {
        const scenario = parse(target('via: "${env.PROXY}"'));
        return resolveReferences(scenario, { env: { PROXY: 'ftp://me:hunter2@proxy' } });
      },
    ],
  ])("a proxy's password %s, without a word of it", (_, call) => {
    const { message, hint } = errorOf(call);
    expect(message).toContain('via must');
    expect(message + hint).not.toContain('hunter2');
  });

  test.each([
    'http://me:hunter2@${env.HOST}:3128',
    'http://me:${env.P}hunter2@proxy:3128',
    'http://me:hunter2${env.P}@proxy:3128',
    'http://me:${env.P:-hunter2}@proxy:3128',
    'http://${env.P:-me:hunter2}@proxy:3128',
    'http://${env.USER}hunter2@proxy:3128',
    '${env.SCHEME}://me:hunter2@proxy:3128',
    '${env.PROXY:-http://me:hunter2@proxy}',
    'http://me:hunter2${env.P@proxy:3128',
  ])('a password beside a reference: %s', (via) => {
    const { message, hint } = errorOf(() => parse(target(`via: "${via}"`)));
    expect(message).toContain('via must');
    expect(message + hint).not.toContain('hunter2');
  });

  test.each([
    '${env.PROXY}',
    '${env.PROXY:-http://127.0.0.1:3128}',
    'http://${env.HOST:-proxy}:${env.PORT:-3128}',
    'http://me@proxy:3128',
    'http://${env.USER}:${env.P}@${env.HOST}:3128',
    '${env.SCHEME:-http}://me:${env.P}@proxy:3128',
  ])('but not %s', (via) => {
    expect(parse(target(`via: "${via}"`)).targets[0]?.via).toBe(via);
  });

  test.each([
    '"x${env.X:-}"',
    '"${env.X:-hunter2}"',
    '"${env.X}${env.Y}"',
    '"hunter${2"',
    '471100815',
  ])('a passphrase that is not one reference, without a word of it: %s', (passphrase) => {
    const keys = `tls: { ${PAIR}, passphrase: ${passphrase} }`;
    const { message, hint } = errorOf(() => parse(target(keys, https)));
    expect(message).toContain('passphrase must be one reference such as ${env.KEY_PASSPHRASE}');
    expect(message + hint).not.toMatch(/hunter|4711|got/u);
  });

  test('tls beside a url that turns out to be http', () => {
    const tls = (url: string): Parameters<typeof resolveReferences> => [
      parse(target('tls: { ca: ca.pem }', url)),
      { env: { URL: 'http://orders', HOST: 'orders' } },
    ];
    expect(errorOf(() => resolveReferences(...tls('${env.URL}'))).message).toContain(
      'url must begin with https:// beside tls, got the value of ${env.URL} (targets.orders.url',
    );
    expect(resolveReferences(...tls('https://${env.HOST}')).targets[0]?.url).toBe('https://orders');
  });
});
