import { describe, expect, test } from 'vitest';
import { redirectOf, type RedirectTarget } from '../../src/flow/redirect.ts';
import { answerOf, stepOf } from './flow-texts.ts';

const TARGETS = [
  { name: 'orders', url: 'http://127.0.0.1:7101/api/' },
  { name: 'auth', url: 'https://auth.example.com' },
  { name: 'streams', url: 'http://127.0.0.1:7300', protocol: 'grpc' },
];

interface Sent {
  readonly status?: number;
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

function redirected(
  location: string,
  { status = 302, method = 'GET', headers = [] }: Sent = {},
  targets: readonly RedirectTarget[] = TARGETS,
) {
  const flows = stepOf(`http: { method: ${method}, path: /a/b?c=1 }`);
  const [step] = flows.flows[0]?.steps ?? [];
  if (step === undefined) throw new Error('there is one step');
  const request = { path: '/a/b?c=1', headers, body: 'sent' };
  const answer = answerOf('', location === '' ? [] : [['location', location]]);
  return redirectOf(step.spec, answer, { status, request, targetIndex: 0 }, targets);
}

test.each([
  ['/api/x?y=1#z', 0, '/x?y=1'],
  ['next', 0, '/a/next'],
  ['?d=2', 0, '/a/b?d=2'],
  ['http://127.0.0.1:7101/api/x', 0, '/x'],
  ['https://auth.example.com:443/in?back=%2F', 1, '/in?back=%2F'],
  ['//127.0.0.1:7101/api/x', 0, '/x'],
])('%s leads to target %s, %s', (location, targetIndex, path) => {
  expect(redirected(location)).toMatchObject({ targetIndex, request: { path } });
});

test.each([
  ['/elsewhere', 'redirect: to what is no target that a step calls'],
  ['/apix', 'redirect: to what is no target that a step calls'],
  ['http://127.0.0.1:7300/', 'redirect: to what is no target that a step calls'],
  ['http://auth.example.com/', 'redirect: to what is no target that a step calls'],
  ['mailto:a@b', 'redirect: to what is no target that a step calls'],
  ['http://[', 'redirect: its location is no url'],
  ['', undefined],
])('%j is not followed', (location, problem) => {
  expect(redirected(location)).toBe(problem);
});

describe('the method', () => {
  test.each([
    ['POST', 301, 'GET'],
    ['POST', 302, 'GET'],
    ['POST', 303, 'GET'],
    ['PUT', 302, 'PUT'],
    ['PUT', 303, 'GET'],
    ['DELETE', 303, 'GET'],
    ['HEAD', 303, 'HEAD'],
    ['HEAD', 301, 'HEAD'],
    ['POST', 307, 'POST'],
    ['POST', 308, 'POST'],
  ])('%s, answered %s, goes on as %s', (method, status, next) => {
    const headers = [['content-type', 'text/plain'] as const, ['x-a', '1'] as const];
    const turns = next === 'GET' && method !== 'GET';
    expect(redirected('/api/x', { status, method, headers })).toMatchObject({
      request: {
        method: next,
        body: turns ? '' : 'sent',
        headers: turns ? [['x-a', '1']] : headers,
      },
    });
  });
});

test('what is meant for one origin stays there', () => {
  const headers = [
    ['Authorization', 'secret'],
    ['cookie', 'a=1'],
    ['Host', 'shop.example.com'],
    ['x-a', '1'],
  ] as const;
  expect(redirected('/api/x', { headers })).toMatchObject({ request: { headers } });
  expect(redirected('https://auth.example.com/x', { headers })).toMatchObject({
    request: {
      headers: [
        ['Host', 'auth.example.com'],
        ['x-a', '1'],
      ],
    },
  });
});

describe('from a Unix socket', () => {
  const SOCKETS = [
    { name: 'orders', url: 'unix:/run/orders.sock:/api' },
    { name: 'auth', url: 'unix:/run/auth.sock:/auth' },
    { name: 'over-tcp', url: 'http://localhost/auth' },
    { name: 'more', url: 'unix:/run/orders.sock:/more' },
  ];

  test.each([
    ['next', 0, '/a/next'],
    ['http://localhost/api/x', 0, '/x'],
    ['/more/x', 3, '/x'],
  ])('%s leads to target %s, on the same socket', (location, targetIndex, path) => {
    expect(redirected(location, {}, SOCKETS)).toMatchObject({ targetIndex, request: { path } });
  });

  test.each([
    '/auth/x',
    'http://localhost/auth/x',
    'http://127.0.0.1/api/x',
    'unix:/run/auth.sock',
  ])('%s leads to none, though others are called localhost too', (location) => {
    const problem = 'redirect: to what is no target that a step calls';
    expect(redirected(location, {}, SOCKETS)).toBe(problem);
  });
});
