import { describe, expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { changed, parse, refusalOf } from './texts.ts';

const at = (line: number, column: number): string => `small.yaml:${line}:${column}`;
const search = (capacity: string): string =>
  changed('arrivals: { rate: 50/s }\n    for: 10s', `capacity: { ${capacity} }`);
const OBJECTIVE = 'objective: "create-order.response p(99) < 100ms"';
const USUAL = `${OBJECTIVE}, from: 50/s, to: 2000/s`;

describe('a capacity search', () => {
  test('has its defaults, and takes no time that is known before', () => {
    expect(parse(search(USUAL)).load).toMatchObject([
      {
        name: 'steady',
        durationNs: 0,
        measure: true,
        capacity: {
          objectives: [{ step: 'create-order', metric: 'response', limit: 100e6 }],
          fromPerSec: 50,
          toPerSec: 2_000,
          precisionRatio: 0.05,
          probeNs: 10 * NS_PER_SEC,
          process: 'poisson',
        },
      },
    ]);
  });

  test('takes several objectives', () => {
    const list = `objective: ["create-order.service med < 20ms", "create-order.errors rate < 1%"]`;
    const [phase] = parse(search(`${list}, from: 1/s, to: 2/s`)).load;
    expect(phase?.capacity?.objectives.map(({ metric }) => metric)).toEqual(['service', 'errors']);
  });

  const refusals: readonly (readonly [string, string, string])[] = [
    [
      'a rate that is below the other',
      search(`${OBJECTIVE}, from: 50/s, to: 10/s`),
      `capacity must have a from that is below its to (load[0].capacity, ${at(11, 15)})`,
    ],
    [
      'an objective that bounds from below',
      search('objective: "create-order.response p(99) > 100ms", from: 1/s, to: 2/s'),
      'an objective bounds from above: its operator must be < or <=, got >',
    ],
    [
      'an objective that every dropped arrival misses',
      search('objective: "dropped rate < 1%", from: 1/s, to: 2/s'),
      'dropped is no objective: a rate misses once a single arrival is dropped',
    ],
    [
      'an objective without an interval',
      search('objective: "create-order.response max < 100ms", from: 1/s, to: 2/s'),
      'an objective needs p(N) below 100, med or rate, which have an interval',
    ],
    [
      'a share that no sample shows',
      search('objective: "create-order.errors rate <= 0%", from: 1/s, to: 2/s'),
      'the limit of a rate must be above 0% and below 100%: no sample shows 0%',
    ],
    [
      'an objective of a phase',
      search('objective: "create-order.response{phase: steady} med < 1ms", from: 1/s, to: 2/s'),
      'an objective is of every probe: it names no phase',
    ],
    [
      'a step that is not in the flow',
      search('objective: "crate-order.response med < 1ms", from: 1/s, to: 2/s'),
      'step "crate-order" does not run in phase "steady"',
    ],
    [
      'a length',
      changed('arrivals: { rate: 50/s }', `capacity: { ${USUAL} }`),
      'load[0] must not have both for and capacity',
    ],
    [
      'a phase after it',
      `${search(USUAL)}\n  - phase: later\n    users: 2\n    for: 1s\n`,
      'no phase comes after a capacity search: nobody knows when it ends',
    ],
  ];

  test.each(refusals)('refuses %s', (_name, text, message) => {
    const said = refusalOf(text);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(message);
    expect(said[0]).toMatch(/small\.yaml:\d+:\d+\)$/u);
    expect(said[0], 'one location').not.toContain(') (');
  });
});
