import { describe, expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { changed, errorOf, parse, refusalOf, SMALL } from './texts.ts';

const P99 = 'create-order.response p(99) < 300ms';
const withGate = (lines: string, text = SMALL): string => `${text}${lines}\n`;

describe('a threshold with options', () => {
  test('is the same condition, and what it does while the run goes on', () => {
    const { thresholds, gate } = parse(
      withGate(`thresholds:
  - { threshold: ${P99}, abortOnFail: true, delay: 10s, whenInconclusive: extend }
  - { threshold: ${P99}, abortOnFail: true }
  - ${P99}
  - dropped count == 0
gate: { whenInconclusive: fail, extendAtMost: 5m }`),
    );
    const [plain] = parse(withGate(`thresholds: [${P99}]`)).thresholds;
    expect(thresholds).toMatchObject([
      { ...plain, abortOnFail: { delayNs: 10 * NS_PER_SEC }, whenInconclusive: 'extend' },
      { ...plain, abortOnFail: { delayNs: 0 }, whenInconclusive: 'fail' },
      { ...plain, whenInconclusive: 'fail' },
      { metric: 'dropped', whenInconclusive: 'fail' },
    ]);
    expect(thresholds[2]).not.toHaveProperty('abortOnFail');
    expect(gate).toEqual({ extendAtMostNs: 300 * NS_PER_SEC });
  });

  test.each([
    ['create-order.errors rate < 1%', 'extend'],
    ['create-order.errors rate <= 0%', undefined],
    ['create-order.errors rate != 1%', undefined],
    ['dropped rate < 1%', undefined],
  ])('takes extend from gate for shares that more calls decide: %s', (threshold, when) => {
    const [found] = parse(
      withGate(`thresholds: [${threshold}, ${P99}]
gate: { whenInconclusive: extend, extendAtMost: 5m }`),
    ).thresholds;
    expect(found?.whenInconclusive).toBe(when);
  });

  test('takes extend from gate only where more calls can decide it', () => {
    const { thresholds } = parse(
      withGate(`thresholds: [${P99}, dropped count == 0]
gate: { whenInconclusive: extend, extendAtMost: 5m }`),
    );
    expect(thresholds.map((one) => one.whenInconclusive)).toEqual(['extend', undefined]);
  });

  test.each([
    [
      `{ threshold: ${P99}, delay: 10s }`,
      'delay is of abortOnFail, which is not set (thresholds[0].delay, small.yaml:14:55)',
    ],
    [
      `{ threshold: create-order.response avg < 3ms, abortOnFail: true }`,
      'it cannot fail before its run is over: a mean can come back from anywhere (thresholds[0].abortOnFail, small.yaml:14:51)',
    ],
    [
      `{ threshold: create-order.errors count > 3, abortOnFail: true }`,
      'it cannot fail before its run is over: a count can still rise (thresholds[0].abortOnFail, small.yaml:14:49)',
    ],
    [
      `{ threshold: create-order.errors count < 1, whenInconclusive: extend }`,
      'more calls do not decide it: count is judged by its value, and not open for want of calls (thresholds[0].whenInconclusive, small.yaml:14:49)',
    ],
    [
      `{ threshold: create-ordr.errors rate < 1%, abortOnFail: true }`,
      'unknown step "create-ordr", did you mean "create-order"? (thresholds[0].threshold, small.yaml:14:18)',
    ],
    [
      `{ threshold: create-order.response p(101) < 1ms, abortOnFail: true }`,
      'percentile must be > 0 and <= 100, got 101 (thresholds[0].threshold, small.yaml:14:42)',
    ],
    [
      `{ threshold: ${P99}, abortOnFail: true, delayAbortEval: 10s }`,
      'unknown key "delayAbortEval", did you mean "delay"? (thresholds[0].delayAbortEval, small.yaml:14:74)',
    ],
    [
      `{ threshold: ${P99}, whenInconclusive: wait }`,
      'whenInconclusive must be fail or pass or extend, got "wait" (thresholds[0].whenInconclusive, small.yaml:14:73)',
    ],
    [
      '7',
      'thresholds[0] must be a text such as create-order.response p(99) < 300ms, or a map with threshold: and its options, got 7 (thresholds[0], small.yaml:14:5)',
    ],
  ])('%s is refused with its place', (entry, line) => {
    expect(refusalOf(withGate(`thresholds:\n  - ${entry}`))).toContain(line);
  });
});

describe('extend', () => {
  const extended = (text = SMALL): string =>
    withGate(`thresholds: [${P99}]\ngate: { whenInconclusive: extend, extendAtMost: 5m }`, text);

  test('needs a bound, and a bound needs something to extend', () => {
    const error = errorOf(() =>
      parse(withGate(`thresholds: [{ threshold: ${P99}, whenInconclusive: extend }]`)),
    );
    expect(error.message).toContain('extend has no bound (thresholds[0].whenInconclusive, ');
    expect(error.hint).toContain('extendAtMost: 5m');
    expect(refusalOf(withGate(`thresholds: [${P99}]\ngate: { extendAtMost: 5m }`))).toEqual([
      'nothing is extended (gate.extendAtMost, small.yaml:14:9)',
    ]);
  });

  test.each([
    ['arrivals: { rate: 50/s }', 'replay: { file: access.log }', 'a replay ends with its list'],
    [
      'arrivals: { rate: 50/s }',
      'users: 2\n    iterations: 50',
      'its last phase ends with its iterations',
    ],
    [
      'for: 10s',
      'for: 10s\n  - { phase: after, arrivals: { rate: 1/s }, for: 1s, measure: false }',
      'its last phase is not measured',
    ],
  ])('goes with no load that ends by itself: %s -> %s', (from, to, why) => {
    expect(refusalOf(extended(changed(from, to))).join('\n')).toContain(
      `the load cannot go on: ${why} (gate.whenInconclusive, `,
    );
  });
});

describe('a baseline in the scenario', () => {
  test.each(['baseline.json', 'latest', '6b0d1c'])('is kept as it is written: %s', (word) => {
    expect(parse(withGate(`gate: { baseline: ${word} }`)).gate).toEqual({ baseline: word });
  });

  test('is a text', () => {
    expect(refusalOf(withGate('gate: { baseline: [] }')).join('\n')).toContain(
      'baseline must be a stored run or a baseline file, got a list (gate.baseline, small.yaml:',
    );
  });

  test('does not go with a search', () => {
    const search = 'capacity: { objective: create-order.response p(99) < 1s, from: 1/s, to: 9/s }';
    const text = changed('arrivals: { rate: 50/s }\n    for: 10s', search);
    expect(refusalOf(withGate('gate: { baseline: ./b.json }', text)).join('\n')).toContain(
      'a search is held against no baseline (gate.baseline, small.yaml:',
    );
  });
});
