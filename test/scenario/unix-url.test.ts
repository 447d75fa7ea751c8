import { describe, expect, test } from 'vitest';
import { requestUrlOf, socketPathOf } from '../../src/core/index.ts';
import { resolveReferences } from '../../src/scenario/index.ts';
import { stepEndpoints } from '../../src/run/step-endpoints.ts';
import { changed, errorOf, parse } from './texts.ts';

const URL_LINE = 'orders: { url: "http://127.0.0.1:7101" }';
const target = (url: string, keys = ''): string =>
  changed(URL_LINE, `orders: { url: ${JSON.stringify(url)}${keys} }`);

/** A path of so many bytes. */
const ofBytes = (bytes: number): string =>
  `/${'é'.repeat((bytes - 1) >> 1)}${bytes % 2 ? '' : 'x'}`;

test.each([
  ['unix:/run/app.sock', '/run/app.sock', 'http://localhost/'],
  ['unix:/run/app.sock:/', '/run/app.sock', 'http://localhost/'],
  ['unix:/run/app.sock:/v1/', '/run/app.sock', 'http://localhost/v1/'],
  ['unix:/run/a b:c.sock:/v1:/x', '/run/a b:c.sock', 'http://localhost/v1:/x'],
  ['unix:/run/@%2F?#.sock', '/run/@%2F?#.sock', 'http://localhost/'],
  ['http://unix:80/run', undefined, 'http://unix/run'],
])('%s is the socket %s, asked as %s', (url, socketPath, href) => {
  expect(parse(target(url)).targets[0]?.url).toBe(url);
  expect([socketPathOf(url), requestUrlOf(url)?.href]).toEqual([socketPath, href]);
});

describe('what is no such url', () => {
  const WANTED = 'must be unix: and the absolute path of a socket, such as unix:/run/app.sock';
  const PATH =
    "must be a URL without ?, # and spaces behind the socket (they belong to a step's path)";
  test.each([
    ['unix:', WANTED],
    ['unix:/', WANTED],
    ['unix:app.sock', WANTED],
    ['unix:///run/app.sock', WANTED],
    ['unix:@app', WANTED],
    ['unix:/run/', WANTED],
    ['unix:/run/app.sock:', WANTED],
    ['unix:/run/a\u0000b', WANTED],
    ['unix:/run/a\nb', WANTED],
    ['unix:/run/app.sock:/v1?a=b', PATH],
    ['unix:/run/app.sock:/v1#a', PATH],
    ['unix:/run/app.sock:/v 1', PATH],
    [`unix:${ofBytes(108)}`, 'must name a socket by at most 107 bytes, and not by 108'],
    ['http+unix://%2Frun%2Fapp.sock', 'must begin with http://, https:// or unix:'],
  ])('%j', (url, wanted) => {
    const { message } = errorOf(() => parse(target(url)));
    expect(message).toContain(`url ${wanted}, got ${JSON.stringify(url)} (targets.orders.url`);
  });

  test('107 bytes are as many as the system takes', () => {
    const url = `unix:${ofBytes(107)}:/${'x'.repeat(200)}`;
    expect(parse(target(url)).targets[0]?.url).toBe(url);
  });
});

describe('beside it', () => {
  test.each([
    [', tls: { verify: false }', 'must have an https:// url beside tls'],
    [', via: "http://p:1"', 'must have no via beside a unix: url'],
  ])('%s is refused', (keys, problem) => {
    expect(errorOf(() => parse(target('unix:/run/app.sock', keys))).message).toContain(problem);
  });

  test.each([', protocol: http2', ', protocol: http2, streams: 5, connections: 2'])(
    '%s',
    (keys) => {
      expect(parse(target('unix:/run/app.sock', keys)).targets).toHaveLength(1);
    },
  );
});

describe('a reference in it', () => {
  const resolved = (url: string, env: Record<string, string>, keys = '') =>
    resolveReferences(parse(target(url, keys)), { env });

  test('is filled in, and what it makes is checked', () => {
    const [orders] = resolved('unix:${env.RUN}/app.sock', { RUN: '/run' }).targets;
    expect(orders?.url).toBe('unix:/run/app.sock');
    expect(errorOf(() => resolved('unix:${env.RUN}/a', { RUN: 'run' })).message).toContain(
      'url must be unix: and the absolute path of a socket',
    );
    const beside = () => resolved('${env.URL}', { URL: 'unix:/a' }, ', via: "http://p:1"');
    expect(errorOf(beside).message).toContain('url must not begin with unix: beside via, got');
  });
});

test('spans say the socket, and the url that its server saw', () => {
  const scenario = parse(target('unix:/run/app.sock:/v1'));
  expect(stepEndpoints(scenario, scenario).get('create-order')).toMatchObject({
    url: 'http://localhost/v1/api/orders',
    socketPath: '/run/app.sock',
    attributes: { 'url.full': 'http://localhost/v1/api/orders' },
  });
});
