import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { changed, parse, refusalOf } from './texts.ts';

const at = (line: number, column: number): string => `small.yaml:${line}:${column}`;
const load = (text: string): string => changed('arrivals: { rate: 50/s }\n    for: 10s', text);
const stairs = (steps: string, more = ''): string =>
  load(`arrivals: { process: constant, steps: { ${steps} } }`) + more;

describe('a staircase', () => {
  const names = (steps: string): string[] => parse(stairs(steps)).load.map(({ name }) => name);

  test('is a phase for each step, named after its rate', () => {
    expect(parse(stairs('from: 100/s, to: 300/s, by: 100/s, each: 5s')).load).toEqual(
      [100, 200, 300].map((rate) => ({
        name: `steady@${rate}/s`,
        flow: 'checkout',
        durationNs: 5 * NS_PER_SEC,
        measure: true,
        arrivals: {
          process: 'constant',
          pieces: [{ fromPerSec: rate, toPerSec: rate, durationNs: 5 * NS_PER_SEC }],
        },
      })),
    );
  });

  test.each([
    ['from: 100/s, to: 350/s, by: 100/s, each: 1s', [100, 200, 300]],
    ['from: 300/s, to: 100/s, by: 100/s, each: 1s', [300, 200, 100]],
    ['from: 10/s, to: 80/s, times: 2, each: 1s', [10, 20, 40, 80]],
    ['from: 80/s, to: 10/s, times: 2, each: 1s', [80, 40, 20, 10]],
    ['from: 10/s, to: 40/s, times: 1.5, each: 1s', [10, 15, 22.5, 33.75]],
    ['from: 6/m, to: 18/m, by: 6/m, each: 1s', [0.1, 0.2, 0.3]],
    ['from: 5/s, to: 5/s, by: 1/s, each: 1s', [5]],
  ])('%s', (steps, rates) => {
    expect(names(steps)).toEqual(rates.map((rate) => `steady@${rate}/s`));
  });

  test('what it asks for is the sum of its steps', () => {
    const rate = fc.integer({ min: 1, max: 500 });
    // A hundred steps at most.
    const rises = fc.integer({ min: 1, max: 495 });
    fc.assert(
      fc.property(rate, rises, fc.integer({ min: 5, max: 100 }), (from, rise, by) => {
        const to = from + rise;
        const { load: phases } = parse(
          stairs(`from: ${from}/s, to: ${to}/s, by: ${by}/s, each: 2s`),
        );
        const count = Math.floor(rise / by) + 1;
        const asked = phases.map(({ arrivals }) => 2 * (arrivals?.pieces[0]?.fromPerSec ?? 0));
        expect(asked).toHaveLength(count);
        expect(asked.reduce((sum, n) => sum + n, 0)).toBeCloseTo(
          2 * (count * from + (by * count * (count - 1)) / 2),
          6,
        );
      }),
      { numRuns: 50 },
    );
  });

  const STEPS = 'from: 100/s, to: 300/s, by: 100/s, each: 5s';

  test('a threshold on it is one on each step; a step can be named, too', () => {
    const more = `thresholds:
  - "create-order.response{phase: steady} p(99) < 300ms"
  - "create-order.response{phase: steady@300/s} p(99) < 900ms"
`;
    expect(parse(stairs(STEPS, more)).thresholds.map(({ text, phase }) => [phase, text])).toEqual([
      ['steady@100/s', 'create-order.response{phase: steady@100/s} p(99) < 300ms'],
      ['steady@200/s', 'create-order.response{phase: steady@200/s} p(99) < 300ms'],
      ['steady@300/s', 'create-order.response{phase: steady@300/s} p(99) < 300ms'],
      ['steady@300/s', 'create-order.response{phase: steady@300/s} p(99) < 900ms'],
    ]);
  });

  test.each([
    ['steady', '12s', 'steady@300/s', 2],
    ['steady', '5s', 'steady@200/s', 0],
    ['steady@200/s', '1s', 'steady@200/s', 1],
  ])('a fault in %s from %s begins in %s', (phase, from, step, fromSec) => {
    const more = `proxies: { p: { upstream: "127.0.0.1:7101", listen: "127.0.0.1:7201" } }
faults:
  - { name: f, proxy: p, toxic: { type: latency, latency: 1ms }, during: { phase: ${phase}, from: ${from}, for: 2s } }
`;
    const [fault] = parse(stairs(STEPS, more)).faults;
    expect(fault?.during).toEqual({
      phase: step,
      fromNs: fromSec * NS_PER_SEC,
      durationNs: 2 * NS_PER_SEC,
    });
  });

  test.each([
    [
      'both by and times',
      stairs('from: 1/s, to: 9/s, by: 1/s, times: 2, each: 5s'),
      `steps must have exactly one of by and times (load[0].arrivals.steps, ${at(11, 43)})`,
    ],
    [
      'too many steps',
      stairs('from: 1/s, to: 900/s, by: 1/s, each: 5s'),
      `steps must make 100 steps at most (load[0].arrivals.steps, ${at(11, 43)})`,
    ],
    [
      'a factor that does not grow',
      stairs('from: 1/s, to: 9/s, times: 1, each: 5s'),
      `times must be a number > 1, got 1 (load[0].arrivals.steps.times, ${at(11, 72)})`,
    ],
    [
      'a length beside it',
      `${stairs(STEPS).trimEnd()}\n    for: 10s\n`,
      `load[0] must not have both for and steps (load[0], ${at(10, 5)})`,
    ],
    [
      'a threshold on a step that is none',
      stairs(STEPS, 'thresholds: ["dropped{phase: steady@250/s} count == 0"]\n'),
      'unknown phase "steady@250/s", did you mean "steady@200/s"? (thresholds[0], small.yaml:12:30)',
    ],
  ])('%s', (_name, text, message) => {
    expect(refusalOf(text)).toEqual([message]);
  });
});

describe('a replay', () => {
  test('of a file, before its list is read', () => {
    const [phase] = parse(load('replay: { file: access.log, speed: 2 }\n    for: 30s')).load;
    expect(phase).toEqual({
      name: 'steady',
      flow: 'checkout',
      durationNs: 0,
      measure: true,
      replay: {
        source: { file: 'access.log', format: 'auto', timeField: undefined, skipBadLines: false },
        speed: 2,
        durationNsMax: 30 * NS_PER_SEC,
        offsetsNs: undefined,
        requests: undefined,
      },
    });
  });

  test('of a run needs no length', () => {
    const [phase] = parse(load('replay: { run: latest }')).load;
    expect(phase?.replay).toMatchObject({ source: { run: 'latest' }, durationNsMax: Infinity });
  });

  test.each([
    [
      'both a file and a run',
      load('replay: { file: a.log, run: latest }'),
      `replay must have exactly one of file and run (load[0].replay, ${at(11, 13)})`,
    ],
    [
      'a run that is none',
      load('replay: { run: last }'),
      `run must be a run id of 16 hex digits, or latest, got "last" (load[0].replay.run, ${at(11, 20)})`,
    ],
    [
      'a format of a run',
      load('replay: { run: latest, format: csv }'),
      `replay must have file where it has format (load[0].replay, ${at(11, 13)})`,
    ],
    [
      'a field of lines that have none',
      load('replay: { file: a.log, format: access, timeField: at }'),
      `replay must have timeField with format: json, csv or w3c only (load[0].replay, ${at(11, 13)})`,
    ],
    [
      'a speed of 0',
      load('replay: { file: a.log, speed: 0 }'),
      `speed must be a number > 0, got 0 (load[0].replay.speed, ${at(11, 35)})`,
    ],
    [
      'a speed at which no list ends',
      load('replay: { file: a.log, speed: 1e-300 }'),
      `speed must be 0.000001 at least, got 1e-300 (load[0].replay.speed, ${at(11, 35)})`,
    ],
  ])('%s', (_name, text, message) => {
    expect(refusalOf(text)).toEqual([message]);
  });
});

describe('a saturated phase', () => {
  test('says how many connections, and how long', () => {
    const [phase] = parse(load('saturate: { connections: 64 }\n    for: 10s')).load;
    expect(phase).toMatchObject({
      saturate: { connections: 64, pipelining: 1 },
      durationNs: 10 * NS_PER_SEC,
    });
  });

  const SATURATED = load('saturate: { connections: 64 }\n    for: 10s');
  test.each([
    [
      'no length',
      load('saturate: { connections: 64 }'),
      `load[0] must say how long it lasts (load[0], ${at(10, 5)})`,
    ],
    [
      'two steps',
      changed('load:', '    - { step: b, target: orders, http: { path: / } }\nload:', SATURATED),
      `saturate must have a flow of one step, got 2 steps (flow "checkout") (load[0].saturate, ${at(12, 5)})`,
    ],
    [
      'a HEAD request',
      changed('path: /api/orders', 'path: /, method: HEAD', SATURATED),
      `saturate cannot send HEAD: autocannon waits for the body that the answer names (flow "checkout") (load[0].saturate, ${at(11, 5)})`,
    ],
    [
      'a target that is more than its url',
      changed('7101" }', '7101", dns: { ttl: 5s } }', SATURATED),
      `saturate takes the url of a target alone, got targets.orders.dns (flow "checkout") (load[0].saturate, ${at(11, 5)})`,
    ],
    [
      'arrivals beside it',
      changed('saturate:', 'arrivals: { rate: 1/s }\n    saturate:', SATURATED),
      `load[0] must have exactly one of arrivals, users, replay, saturate and capacity (load[0], ${at(10, 5)})`,
    ],
  ])('%s', (_name, text, message) => {
    expect(refusalOf(text)).toEqual([message]);
  });

  test('may refer to what is constant in a run', () => {
    const text = changed('/api/orders', '"/api/${env.PLACE:-x}"', SATURATED);
    expect(parse(text).load).toHaveLength(1);
  });
});
