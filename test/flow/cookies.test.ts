import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CookieJar, cookieOrigin } from '../../src/flow/cookie-jar.ts';
import { cookieDateMs, readSetCookie } from '../../src/flow/set-cookie.ts';
import { sharedValues } from '../../src/flow/index.ts';
import { answerOf, flowsOf, scopeOf } from './flow-texts.ts';

const HTTP = cookieOrigin('http://shop.example.com:8080/base');
const NOW = Date.UTC(2026, 10, 28);

function jarWith(lines: readonly string[], path = '/', origin = HTTP): CookieJar {
  const jar = new CookieJar();
  jar.keep(
    lines.map((line) => ['set-cookie', line]),
    origin,
    path,
    NOW,
  );
  return jar;
}

describe('a jar', () => {
  test.each([
    ['a=1', '/', 'a=1'],
    ['a=1; Path=/orders', '/orders/7?x=1', 'a=1'],
    ['a=1; Path=/orders', '/ordersx', ''],
    ['a=1; Path=/orders/', '/orders', ''],
    ['a=1; path=nonsense', '/', 'a=1'],
    ['a=1; Domain=example.com', '/', 'a=1'],
    ['a=1; Domain=.EXAMPLE.com', '/', 'a=1'],
    ['a=1; Domain=other.com', '/', ''],
    ['a=1; Domain=com', '/', ''],
    ['a=1; Domain=hop.example.com', '/', ''],
    ['a=1; Secure', '/', ''],
    ['a=1; Max-Age=0', '/', ''],
    ['a=1; Max-Age=-5', '/', ''],
    ['a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', '/', 'a=1'],
    ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', '/', ''],
    ['a=1; Expires=Fri, 27-Nov-26 23:59:59 GMT', '/', ''],
    ['a=1; Expires=Sun, 29 Nov 2026 00:00:00 GMT', '/', 'a=1'],
    ['a=1; HttpOnly; SameSite=Strict; Unknown', '/', 'a=1'],
    ['a="1=2"; Path=/', '/', 'a="1=2"'],
    ['=1', '/', ''],
    ['nonsense', '/', ''],
  ])('%s: to %s goes %j', (line, path, field) => {
    expect(jarWith([line]).fieldFor(HTTP, path, NOW)).toBe(field);
  });

  test('sends several, those of longer paths first, of the same the older first', () => {
    const jar = jarWith(['a=1', 'b=2; Path=/orders', 'c=3', 'a=4']);
    expect(jar.fieldFor(HTTP, '/orders', NOW)).toBe('b=2; a=4; c=3');
  });

  test('without a path a cookie goes to where it came from, and below', () => {
    const jar = jarWith(['a=1'], '/shop/login?next=/x/y');
    expect(jar.fieldFor(HTTP, '/shop/cart', NOW)).toBe('a=1');
    expect(jar.fieldFor(HTTP, '/', NOW)).toBe('');
  });

  test('forgets what has expired, and what is set again in the past', () => {
    const jar = jarWith(['a=1; Max-Age=10', 'b=2']);
    expect(jar.fieldFor(HTTP, '/', NOW + 9_999)).toBe('a=1; b=2');
    expect(jar.fieldFor(HTTP, '/', NOW + 10_000)).toBe('b=2');
    jar.keep([['set-cookie', 'b=; Max-Age=0']], HTTP, '/', NOW);
    expect(jar.fieldFor(HTTP, '/', NOW)).toBe('a=1');
  });

  test('keeps hosts apart, whatever their ports; addresses have no domains', () => {
    const jar = jarWith(['a=1'], '/', cookieOrigin('http://127.0.0.1:1'));
    expect(jar.fieldFor(cookieOrigin('http://127.0.0.1:2'), '/', NOW)).toBe('a=1');
    expect(jar.fieldFor(cookieOrigin('http://127.0.0.2:1'), '/', NOW)).toBe('');
    const wide = jarWith(['a=1; Domain=0.0.1'], '/', cookieOrigin('http://127.0.0.1'));
    expect(wide.cookies).toEqual([]);
    const own = jarWith(['a=1; Domain=localhost'], '/', cookieOrigin('http://localhost:1'));
    expect(own.fieldFor(cookieOrigin('http://localhost:1'), '/', NOW)).toBe('a=1');
  });

  test('sends a secure cookie over https', () => {
    const jar = jarWith(['a=1; Secure; Domain=example.com']);
    expect(jar.fieldFor(cookieOrigin('https://api.example.com'), '/', NOW)).toBe('a=1');
  });

  test('is bounded', () => {
    const jar = jarWith(Array.from({ length: 1_000 }, (_, i) => `c${i}=1`));
    expect(jar.cookies.length).toBe(300);
    expect(jar.cookies[0]?.name).toBe('c700');
  });
});

test('law: reading a set-cookie field never throws, and its name and value come back', () => {
  fc.assert(fc.property(fc.string(), (line) => void readSetCookie(line)));
  const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/u);
  fc.assert(
    fc.property(token, fc.stringMatching(/^[!#-+\--:<-~]{0,40}$/u), (name, value) => {
      expect(readSetCookie(`${name}=${value}; Path=/`)).toMatchObject({ name, value, path: '/' });
    }),
  );
});

test('law: a date is the same in each of its forms', () => {
  const range = { min: new Date('1970-01-01'), max: new Date('2069-12-31'), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(range), (date) => {
      const ms = Math.floor(date.getTime() / 1_000) * 1_000;
      const text = new Date(ms).toUTCString();
      const [, weekday = '', day = '', month = '', year = '', time = ''] =
        /^(\w+), (\d+) (\w+) (\d+) (.*) GMT$/u.exec(text) ?? [];
      expect(cookieDateMs(text)).toBe(ms);
      expect(cookieDateMs(`${weekday}day, ${day}-${month}-${year.slice(2)} ${time} GMT`)).toBe(ms);
      expect(cookieDateMs(`${weekday} ${month} ${day} ${time} ${year}`)).toBe(ms);
    }),
  );
  for (const bad of ['', 'never', '31 Feb 2026 00:00:00', '1 Jan 1600 00:00:00', '1 Jan 2026']) {
    expect(cookieDateMs(bad)).toBeUndefined();
  }
});

describe('in a flow', () => {
  const LOGIN: readonly [string, string][] = [
    ['set-cookie', 'XSRF=tok-1; Path=/'],
    ['set-cookie', 'SESSION=s3cr3t; Path=/; HttpOnly'],
    ['set-cookie', 'SESSION=newer; Path=/'],
  ];

  test('each cookie is captured by its name, the last one where it is set twice', () => {
    const flows = flowsOf(`flows:
  first:
    - step: login
      target: orders
      http: { path: /login }
      capture: { x: { cookie: XSRF }, s: { cookie: SESSION }, n: { cookie: NONE, default: none } }
    - { step: me, target: orders, http: { path: "/\${x}/\${s}/\${n}" } }
    - { step: bad, target: orders, http: { path: / }, capture: { y: { cookie: xsrf } } }
`);
    const scope = scopeOf(flows);
    const [login, me, bad] = flows.flows[0]?.steps ?? [];
    expect(login?.checkResponse(answerOf('', LOGIN), 1, scope)).toBe('');
    expect(me?.render(scope).path).toBe('/tok-1/newer/none');
    expect(bad?.checkResponse(answerOf('', LOGIN), 1, scope)).toBe(
      'capture y: cookie xsrf was not set',
    );
    expect(login?.keepsCookies).toBe(false);
  });

  test('a redirect takes the cookies of where it leads, and those of the step', () => {
    const flows = flowsOf(`cookies: iteration
feeders: { u: { rows: [{ lang: de }] } }
flows:
  first:
    - step: a
      target: orders
      http: { path: /, headers: { cookie: "lang=\${u.lang}" }, redirects: 2 }
`);
    const scope = scopeOf(flows);
    const [a] = flows.flows[0]?.steps ?? [];
    const targets = [{ name: 'orders', url: 'http://127.0.0.1:7101' }];
    const set = [['set-cookie', 'old=1; Path=/; Max-Age=0'], ...LOGIN] as [string, string][];
    a?.keepCookies(answerOf('', [['set-cookie', 'old=1']]), '/', scope);
    const request = a?.render(scope) ?? { path: '/', headers: [], body: '' };
    expect(request.headers).toEqual([['cookie', 'lang=de; old=1']]);
    const answer = answerOf('', [['location', '/next'], ...set]);
    a?.keepCookies(answer, '/', scope, targets[0]);
    const next = a?.redirect(answer, { status: 302, request, targetIndex: 0 }, targets, scope);
    expect(next).toMatchObject({
      request: {
        path: '/next',
        headers: [['cookie', 'lang=de; XSRF=tok-1; SESSION=newer']],
      },
    });
  });

  test('a jar sends them with every later call, beside those of the step', () => {
    const flows = flowsOf(`cookies: iteration
setup: [{ step: s, target: orders, http: { path: / } }]
flows:
  first:
    - { step: a, target: orders, http: { path: / } }
    - { step: b, target: orders, http: { path: /, headers: { Cookie: own=1, x-last: y } } }
`);
    const setup = scopeOf(flows);
    const [s] = flows.setup?.steps ?? [];
    s?.keepCookies(answerOf('', [['set-cookie', 'from=setup']]), '/', setup);
    flows.share(structuredClone(sharedValues(setup)));
    const scope = scopeOf(flows);
    const [a, b] = flows.flows[0]?.steps ?? [];
    expect(a).toMatchObject({ isConstant: false, readsAnswer: true, readsFields: true });
    expect(flows.flows[0]?.isPlain).toBe(false);
    expect(a?.render(scope).headers).toEqual([['cookie', 'from=setup']]);
    a?.keepCookies(answerOf('', LOGIN), '/', scope);
    expect(b?.render(scope).headers).toEqual([
      ['Cookie', 'own=1; from=setup; XSRF=tok-1; SESSION=newer'],
      ['x-last', 'y'],
    ]);
  });
});
