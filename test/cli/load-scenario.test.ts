import { describe, expect, it } from 'vitest';

import { loadScenario, type LoadOptions } from '../../src/cli/commands/load.ts';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { parseScenario, type Scenario } from '../../src/scenario/index.ts';
import { errorOf } from '../scenario/texts.ts';

const DEFAULTS: LoadOptions = {
  duration: '10s',
  connections: '50',
  header: [],
  timeout: '10s',
  warmUp: '1s',
  threshold: [],
};
const scenarioOf = (options: Partial<LoadOptions> = {}, url = 'http://h:80/a?b=1'): Scenario =>
  loadScenario(url, { ...DEFAULTS, ...options });

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
      { name: 'request', http: { method: 'GET', path: '/a?b=1', headers: [], body: '' } },
    ]);
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
      http: {
        method: 'PUT',
        headers: [
          ['accept', 'text/plain'],
          ['X-Time', '12:30'],
        ],
        body: '{"a": 1}',
      },
      okStatuses: [
        { from: 200, to: 299 },
        { from: 404, to: 404 },
      ],
    });
    expect(scenarioOf({ body: 'a' }).flows[0]?.steps[0]?.http.method).toBe('POST');
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

  it('keeps as its source a file that makes the same scenario', () => {
    const { source, ...scenario } = scenarioOf({ rate: '10', threshold: ['p(99) < 1s'] });
    const { source: _, ...again } = parseScenario(source.text, 'load.yaml');
    expect(again).toEqual(scenario);
    expect(source.text).toContain('rate: 10/s');
  });

  it.each<[string, Partial<LoadOptions>, string]>([
    ['a rate below 0', { rate: '-5' }, 'rate must be > 0 per second, got "-5/s" (-R)'],
    ['a rate that is none', { rate: 'fast' }, 'must be > 0 per second'],
    ['no connections', { connections: '0' }, 'whole number from 1 to 10000, got 0 (-c)'],
    ['a duration without its unit', { duration: '30' }, 'such as 250ms, 10s or 2m, got "30" (-d)'],
    ['a warm-up that is none', { warmUp: 'long' }, 'got "long" (--warm-up)'],
    ['a timeout of 0', { timeout: '0s' }, 'got "0s" (--timeout)'],
    ['a header without a colon', { header: ['accept'] }, '-H must be "name: value", got "accept"'],
    ['a header of its own', { header: ['connection: close'] }, '(-H)'],
    ['a method that is none', { method: 'g e t' }, '(-m)'],
    ['a status that is none', { expect: '999' }, '(--expect)'],
    ['a threshold without its unit', { threshold: ['p(99) < 3'] }, '(--threshold)'],
    ['a body that is not there', { body: '@/nowhere/body.json' }, '-b cannot read'],
    ['chance without a rate', { poisson: true }, '--poisson needs a rate'],
  ])('refuses %s and names the option', (_, options, says) => {
    const error = errorOf(() => scenarioOf(options));
    expect(error.code).toBe('USAGE_INVALID');
    expect(error.message).toContain(says);
    expect(error.message).not.toContain('callgauge load:');
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
