import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import {
  inTermsOfOptions,
  loadScenario,
  type LoadOptions,
} from '../../src/cli/actions/load-scenario.ts';
import { NS_PER_SEC } from '../../src/core/index.ts';
import {
  parseScenario,
  resolveReferences,
  type ScenarioWithFiles,
} from '../../src/scenario/index.ts';
import { scheduleOf } from '../../src/schedule/index.ts';
import { errorOf } from '../scenario/texts.ts';

const DEFAULTS: LoadOptions = {
  connections: '50',
  header: [],
  timeout: '10s',
  threshold: [],
};
const scenarioOf = (
  options: Partial<LoadOptions> = {},
  url = 'http://h:80/a?b=1',
): ScenarioWithFiles => loadScenario(url, { ...DEFAULTS, ...options });

describe('callgauge load', () => {
  it('is closed without a rate, with a user on each connection, after a warm-up', () => {
    const scenario = scenarioOf();
    expect(scenario.name).toBe('GET http://h/a');
    expect(scenario.targets).toMatchObject([{ url: 'http://h', connections: 50 }]);
    expect(scenario.load).toMatchObject([
      { name: 'warm-up', users: { count: 50 }, durationNs: NS_PER_SEC, measure: false },
      { name: 'steady', users: { count: 50 }, durationNs: 10 * NS_PER_SEC, measure: true },
    ]);
    expect(scenario.flows[0]?.steps).toMatchObject([
      {
        name: 'request',
        call: {
          protocol: 'http',
          method: 'GET',
          request: { path: '/a?b=1', headers: [], body: '' },
        },
      },
    ]);
  });

  it('calls a Unix socket, with the path behind it', () => {
    const url = 'unix:/run/app.sock:/a b?c=${d}';
    const scenario = scenarioOf({}, url);
    expect(scenario.name).toBe('GET unix:/run/app.sock:/a%20b');
    expect(scenario.targets).toMatchObject([{ url: 'unix:/run/app.sock' }]);
    const [step] = scenario.flows[0]?.steps ?? [];
    expect(step?.call.request.path).toBe('/a%20b?c=${d}');
    const bare = scenarioOf({ http2: true }, 'unix:/run/app.sock');
    expect(bare.flows[0]?.steps[0]?.call.request.path).toBe('/');
    expect(errorOf(() => scenarioOf({}, 'unix:app.sock:/a'))).toMatchObject({
      message:
        'URL must be unix: and the absolute path of a socket, such as unix:/run/app.sock, got "unix:app.sock"',
    });
    expect(errorOf(() => scenarioOf({}, 'ftp://h')).message).toBe(
      'URL must be a URL with http://, https:// or unix:, got ftp://h',
    );
    expect(errorOf(() => scenarioOf({ insecure: true }, url)).message).toContain('-k needs https');
  });

  it('speaks HTTP/2 where it is told to, with a user for each stream', () => {
    const { targets, load } = scenarioOf({ http2: true, connections: '4', streams: '25' });
    expect(targets).toMatchObject([{ protocol: 'http2', connections: 4, streams: 25 }]);
    expect(load.at(-1)).toMatchObject({ users: { count: 100 } });
    expect(scenarioOf({ http2: true }).targets[0]?.streams).toBeUndefined();
    expect(errorOf(() => scenarioOf({ streams: '25' })).message).toBe(
      '--streams needs HTTP/2, got none',
    );
    const many = errorOf(() => scenarioOf({ http2: true, streams: '0' })).message;
    expect(many).toContain('--streams');
  });

  it('is open at a rate, evenly spaced unless it is to be at random', () => {
    const pieces = [{ fromPerSec: 10, toPerSec: 10, durationNs: 10 * NS_PER_SEC }];
    const evenly = scenarioOf({ rate: '10', warmUp: '0s' });
    expect(evenly.load).toMatchObject([{ arrivals: { process: 'constant', pieces } }]);
    const atRandom = scenarioOf({ rate: '600/m', warmUp: '0', poisson: true });
    expect(atRandom.load).toMatchObject([{ arrivals: { process: 'poisson', pieces } }]);
  });

  it('takes method, headers, body, statuses and bounds', () => {
    const { flows, targets } = scenarioOf({
      method: 'put',
      header: ['accept: text/plain', 'X-Time:12:30 '],
      body: '{"a": 1}',
      timeout: '250ms',
      expect: '2xx, 404',
      connections: '7',
    });
    expect(targets[0]?.connections).toBe(7);
    expect(flows[0]?.steps[0]).toMatchObject({
      timeoutNs: NS_PER_SEC / 4,
      call: {
        method: 'PUT',
        request: {
          headers: [
            ['accept', 'text/plain'],
            ['X-Time', '12:30'],
          ],
          body: '{"a": 1}',
        },
      },
      okStatuses: [
        { from: 200, to: 299 },
        { from: 404, to: 404 },
      ],
    });
    expect(scenarioOf({ body: 'a' }).flows[0]?.steps[0]?.call).toMatchObject({ method: 'POST' });
  });

  it('reads thresholds as being on its request', () => {
    const threshold = [
      'p(99) < 300ms',
      'service max < 1s',
      'errors rate < 1%',
      'dropped count == 0',
    ];
    expect(scenarioOf({ threshold }).thresholds.map(({ text }) => text)).toEqual([
      'request.response p(99) < 300ms',
      'request.service max < 1s',
      'request.errors rate < 1%',
      'dropped count == 0',
    ]);
  });

  it.each([
    ['p99<300ms', 'request.response p(99)<300ms'],
    ['p99.9 < 1s', 'request.response p(99.9) < 1s'],
    ['p(99)<300ms', 'request.response p(99)<300ms'],
    ['response.p95<=20ms', 'request.response p(95)<=20ms'],
    ['service p50 < 1ms', 'request.service p(50) < 1ms'],
    ['error_rate<1%', 'request.errors rate<1%'],
    ['errors.rate < 0.1%', 'request.errors rate < 0.1%'],
    ['timeouts count==0', 'request.timeouts count==0'],
    ['avg<5ms', 'request.response avg<5ms'],
    ['dropped count==0', 'dropped count==0'],
  ])('understands the threshold %s', (written, meant) => {
    expect(scenarioOf({ threshold: [written] }).thresholds[0]?.text).toBe(meant);
  });

  it('makes so many requests: by iterations, or in the time that they take', () => {
    expect(scenarioOf({ requests: '200' }).load).toMatchObject([
      { name: 'steady', users: { count: 50, iterations: 200 }, durationNs: 3_600 * NS_PER_SEC },
    ]);
    const open = scenarioOf({ requests: '37', rate: '300' });
    expect(open.load).toHaveLength(1);
    expect(Math.round(scheduleOf(open).expectedCount)).toBe(37);
    expect(scenarioOf({ requests: '5', duration: '2s', warmUp: '1s' }).load).toMatchObject([
      { name: 'warm-up' },
      { durationNs: 2 * NS_PER_SEC },
    ]);
  });

  it('trusts whom it is told to', () => {
    const https = 'https://h/';
    expect(scenarioOf({ insecure: true }, https).targets[0]?.tls).toMatchObject({ verify: false });
    const ca = fileURLToPath(import.meta.url);
    expect(() => scenarioOf({ ca }, https)).toThrow('--ca must be a PEM file with a certificate');
    expect(() => scenarioOf({ ca: '/nowhere.pem' }, https)).toThrow('--ca cannot be read');
    expect(() => scenarioOf({ insecure: true })).toThrow('-k needs https://');
  });

  it.each<Partial<LoadOptions>>([
    { rate: 'x' },
    { connections: '0' },
    { duration: '3' },
    { warmUp: 'x' },
    { method: '?' },
    { expect: '9' },
    { timeout: '1' },
    { threshold: ['latency < 3ms'] },
    { threshold: ['p99'] },
    { header: ['a: ${x}'] },
  ])('says what to write in its own words: %j', (options) => {
    const { hint } = errorOf(() => scenarioOf(options));
    expect(hint).toMatch(/^Write -/u);
  });

  it('keeps as its source a file that makes the same scenario', () => {
    const { source, files, ...scenario } = scenarioOf({ rate: '10', threshold: ['p(99) < 1s'] });
    const { source: _, ...again } = parseScenario(source.text, 'load.yaml');
    expect(again).toEqual(scenario);
    expect(files).toEqual([]);
    expect(source.text).toContain('rate: 10/s');
  });

  it.each<[string, Partial<LoadOptions>, string]>([
    ['a rate below 0', { rate: '-5' }, '-R must be > 0 per second, got "-5"'],
    [
      'a rate that is none',
      { rate: '50rps' },
      '-R must be > 0 per second, such as 50/s or 600/m, got "50rps"',
    ],
    ['no connections', { connections: '0' }, '-c must be a whole number from 1 to 10000, got 0'],
    [
      'a duration without its unit',
      { duration: '30' },
      '-d must be a duration > 0 such as 250ms, 10s or 2m, got "30"',
    ],
    [
      'a warm-up that is none',
      { warmUp: 'long' },
      '--warm-up must be a duration > 0 such as 250ms, 10s or 2m, got "long"',
    ],
    [
      'a timeout of 0',
      { timeout: '0s' },
      '--timeout must be a duration > 0 such as 250ms, 10s or 2m, got "0s"',
    ],
    ['a header without a colon', { header: ['accept'] }, '-H must be "name: value", got "accept"'],
    ['a header of its own', { header: ['connection: close'] }, '(-H)'],
    ['a method that is none', { method: 'g e t' }, '-m must be an HTTP method'],
    ['a status that is none', { expect: '999' }, '--expect must be a status'],
    ['a threshold without its unit', { threshold: ['p(99) < 3'] }, '(--threshold)'],
    ['a body that is not there', { body: '@/nowhere/body.json' }, '-b cannot read'],
    ['a status that is none', { expect: '9xx' }, '--expect must be a status such as 201'],
    ['no requests', { requests: '0' }, '-n must be a whole number'],
    ['a count and a time at a rate', { requests: '5', rate: '1', duration: '1s' }, '-n and -d'],
    ['chance without a rate', { poisson: true }, '--poisson needs a rate'],
  ])('refuses %s and names the option', (_, options, says) => {
    const error = errorOf(() => scenarioOf(options));
    expect(error.code).toBe('USAGE_INVALID');
    expect(error.message).toContain(says);
    expect(error.message).not.toContain('callgauge load:');
  });

  it('names the option of a variable that is not set, not the hidden file', () => {
    const scenario = scenarioOf({ header: ['a: ${env.NOPE}'] });
    const error = errorOf(() => resolveReferences(scenario, { env: {} }));
    expect(inTermsOfOptions(error, DEFAULTS)).toMatchObject({
      code: 'USAGE_INVALID',
      message: 'the environment variable NOPE must be set, and is not (-H)',
      hint: 'Set NOPE, or write a default: ${env.NOPE:-value}.',
    });
  });

  it.each(['localhost:8080', 'ftp://h/', 'http://', 'http://user:secret@h/'])(
    'refuses the URL %s',
    (url) => {
      const error = errorOf(() => scenarioOf({}, url));
      expect(error.code).toBe('USAGE_INVALID');
      expect(error.message).toMatch(/^URL must be/u);
    },
  );
});
