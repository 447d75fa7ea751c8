import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseThreshold,
  thresholdText,
  TIME_AGGREGATES,
  type ThresholdAggregate,
  type ThresholdSpec,
} from '../../src/scenario/index.ts';
import { OPERATORS } from '../../src/scenario/threshold.ts';
import { METRICS, THRESHOLD_METRICS } from '../../src/scenario/threshold-metrics.ts';

type Printed = Omit<ThresholdSpec, 'text'>;

/** What the text is read as, without the text itself. */
function read(text: string): Printed {
  const found = parseThreshold(text);
  if (!('text' in found)) throw new Error(`${text}: ${found.message}`);
  const { text: _text, ...spec } = found;
  return spec;
}

const TIMES = Object.keys(TIME_AGGREGATES) as (keyof typeof TIME_AGGREGATES)[];

const LIMITS_OF_TIMES = [
  ['1ns', 1],
  ['2.5us', 2_500],
  ['300ms', 300e6],
  ['1.5s', 1.5e9],
  ['2m', 120e9],
  ['1h', 3_600e9],
] as const;

describe('every subject with every aggregate, operator and unit', () => {
  const subjects = THRESHOLD_METRICS.map((metric) =>
    METRICS[metric].of === 'run' ? metric : `create-order.${metric}`,
  );
  const metricOf = (subject: string) =>
    THRESHOLD_METRICS.find((one) => subject.split('.').at(-1) === one) ?? 'lag';
  const isTime = (subject: string): boolean => METRICS[metricOf(subject)].measures === 'times';

  it.each(subjects.filter(isTime))('%s is read', (subject) => {
    const aggregates = [...TIMES, 'p(0.1)', 'p(50)', 'p(99.999)', 'p(100)', 'p99', 'p99.9'];
    for (const aggregate of aggregates) {
      for (const operator of OPERATORS) {
        for (const [text, ns] of LIMITS_OF_TIMES) {
          const spec = read(`${subject} ${aggregate} ${operator} ${text}`);
          const kind = aggregate.startsWith('p') ? 'percentile' : aggregate;
          expect(spec).toMatchObject({ operator, limit: ns, aggregate: { kind } });
        }
      }
    }
  });

  it.each(subjects.filter((subject) => !isTime(subject)))('%s is read', (subject) => {
    const metric = metricOf(subject);
    const isPerSecond = metric === 'calls' || metric === 'arrivals';
    for (const operator of OPERATORS) {
      if (metric !== 'amplification') {
        const spec = read(`${subject} count ${operator} 12`);
        expect(spec).toMatchObject({ metric, operator, limit: 12, aggregate: { kind: 'count' } });
      }
      const limit = metric === 'amplification' ? '1.2' : isPerSecond ? '900/s' : '0.1%';
      const value = metric === 'amplification' ? 1.2 : isPerSecond ? 900 : 0.001;
      const spec = read(`${subject} rate ${operator} ${limit}`);
      expect(spec).toMatchObject({ metric, operator, limit: value, aggregate: { kind: 'rate' } });
    }
  });

  it('reads rates by the second, minute and hour', () => {
    expect(read('a.calls rate >= 900/s').limit).toBe(900);
    expect(read('a.calls rate >= 90/m').limit).toBe(1.5);
    expect(read('arrivals rate >= 36/h').limit).toBe(0.01);
  });
});

describe('selectors', () => {
  it('may stand in any order, several at once', () => {
    const wanted = {
      step: '*',
      metric: 'errors',
      phase: 'steady',
      target: 'orders',
      tag: { name: 'team', value: 'checkout' },
      fault: 'payment-stall',
      of: 'attempts',
    };
    const parts = [
      'phase: steady',
      'target: orders',
      'tag: team=checkout',
      'fault:payment-stall',
      'of :attempts',
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), (order) => {
        const spec = read(`*.errors{ ${order.join(' , ')} } rate < 1%`);
        expect(spec).toMatchObject(wanted);
      }),
    );
  });

  it.each([
    ['{tag: critical}', { tag: { name: 'critical' } }],
    ['{tag: team = check out}', { tag: { name: 'team', value: 'check out' } }],
    ['{tag: team="a, b}"}', { tag: { name: 'team', value: 'a, b}' } }],
    ['{fault: none}', { healthy: true }],
    ['{phase: find@200/s}', { phase: 'find@200/s' }],
  ])('%s', (text, spec) => {
    expect(read(`a.errors${text} rate < 1%`)).toMatchObject(spec);
  });

  it('leave out what is meant anyway', () => {
    expect(read('a.response{of: calls} max < 1s')).not.toHaveProperty('of');
    expect(read('a.service{of: attempts} max < 1s')).not.toHaveProperty('of');
  });
});

describe('a limit by the baseline', () => {
  it.each([
    ['a.response p(99) <= baseline', { factor: 1, offset: 0 }],
    ['a.response p(99) <= baseline*1.05', { factor: 1.05, offset: 0 }],
    ['a.response p(99) <= baseline * 1.05 + 2ms', { factor: 1.05, offset: 2e6 }],
    ['a.response med < baseline - 500us', { factor: 1, offset: -500_000 }],
    ['a.errors rate <= baseline + 0.1%', { factor: 1, offset: 0.001 }],
    ['a.calls rate >= baseline * 0.95 - 10/s', { factor: 0.95, offset: -10 }],
    ['dropped{fault: none} rate <= baseline', { factor: 1, offset: 0 }],
    ['*.timeouts{target: orders} rate <= baseline', { factor: 1, offset: 0 }],
  ])('%s', (text, limit) => {
    expect(read(text).limit).toEqual(limit);
  });
});

describe('what is none, at which character, and what to write', () => {
  it.each([
    ['.errors rate < 1%', 0, 'no step stands before the dot', 'A step has'],
    [
      '*.connect-errors count == 0',
      2,
      'unknown metric "connect-errors" of all steps',
      'A step has',
    ],
    ['a.errors{step: b} rate < 1%', 9, 'unknown selector "step"', 'phase, target, tag, fault, of'],
    ['a.errors{phaze: b} rate < 1%', 9, 'unknown selector "phaze", did you mean "phase"?', 'Write'],
    ['a.errors{} rate < 1%', 8, 'there is no selector between the braces', 'Write {phase: steady}'],
    ['a.errors{phase b} rate < 1%', 15, 'a colon must stand behind phase', 'Write phase: steady.'],
    ['a.errors{phase: } rate < 1%', 16, 'phase: must be a name, got nothing', 'Write {phase:'],
    ['a.errors{phase: x y} rate < 1%', 16, 'phase: must be a name, got "x y"', 'Write {phase:'],
    ['a.errors{phase: x rate < 1%', 16, 'phase: must be a name, got "x rate < 1%"', 'Write'],
    ['a.errors{phase: x', 17, 'selectors must end in "}", got nothing', 'close them with }'],
    ['a.errors{phase: x, phase: y} rate < 1%', 19, 'selector "phase" is there twice', 'Leave out'],
    ['a.errors{tag: } rate < 1%', 14, 'tag: must be the name of a tag, got nothing', 'Write {tag:'],
    ['a.errors{tag: x y} rate < 1%', 14, 'tag: must be NAME or NAME=VALUE', 'Write {tag:'],
    ['a.errors{tag: x=} rate < 1%', 16, 'tag x has no value behind its =', 'Write {tag:'],
    ['a.errors{tag: x="y} rate < 1%', 16, 'the value of tag x must end in a quote', 'Write {tag:'],
    ['a.errors{of: tries} rate < 1%', 13, 'of: must be calls or attempts, got "tries"', 'attempts'],
    ['a.response{of: attempts} max < 1s', 11, 'a response time is of a call', 'STEP.service'],
    ['a.service{of: calls} max < 1s', 10, 'a service time is of an attempt', 'STEP.response'],
    [
      'dropped{target: x} count == 0',
      8,
      'dropped cannot be told by target',
      'phase: steady, fault',
    ],
    ['lag{fault: x} max < 1s', 4, 'lag cannot be told by fault', 'phase: steady'],
    ['a.rejected{of: calls} count == 0', 11, 'rejected cannot be told by of', 'tag: team'],
    ['a -> b {fault: x} max < 1s', 8, 'it names no fault', 'Leave out the braces.'],
    ['a.response count > 3', 11, 'a time needs', 'STEP.calls count'],
    ['a.calls p(99) > 3', 8, 'events need rate or count, got "p(99)"', 'rate < 10/s'],
    ['a.response p(99.1234567) < 1s', 13, 'six decimals at most, got 99.1234567', 'fewer digits'],
    [
      'a.response p(99) over < 1s',
      22,
      'over must be whole seconds, 1s at least, got nothing',
      '10s',
    ],
    ['a.response p(99) over 10 < 1s', 22, 'over must be whole seconds', 'Write over 10s.'],
    ['a.response p(99) over 1.5s < 1s', 22, 'over must be whole seconds', 'Write over 10s.'],
    ['a.response p(99) over 200ms < 1s', 22, 'over must be whole seconds', 'Write over 10s.'],
    ['lag p(99) over 10s < 1s', 10, 'lag cannot be asked for in every stretch', 'Leave out "over"'],
    ['a -> b p(99) over 10s < 1s', 13, 'an edge cannot be asked for in every', 'Leave out "over"'],
    ['a.amplification rate over 10s < 2', 21, 'amplification cannot be asked for', 'Leave out'],
    ['a.calls rate >= 900', 16, 'limit must be a rate with its unit, got "900"', '900/s'],
    ['a.calls rate >= 9%', 16, 'limit must be a rate with its unit, got "9%"', '900/s'],
    ['a.response max < 2min', 17, 'limit must be a duration with its unit', 'ns, us, ms, s, m, h'],
    ['a.response p(99) < 1.1 * baseline', 19, 'limit must be a duration', 'the baseline first'],
    [
      'a.response p(99) < baseline * 5%',
      30,
      'the factor must be a number above 0',
      'baseline * 1.1',
    ],
    [
      'a.response p(99) < baseline * 0',
      30,
      'the factor must be a number above 0',
      'baseline * 1.1',
    ],
    [
      'a.response p(99) < baseline *',
      29,
      'the factor must be a number above 0, got nothing',
      '1.1',
    ],
    ['a.response p(99) < baseline / 2', 28, '"*", "+" or "-" must stand behind', 'baseline * 0.5'],
    ['a.response p(99) < baseline 2ms', 28, '"*", "+" or "-" must stand behind', 'baseline * 1.05'],
    ['a.response p(99) < baseline + 10%', 30, 'what is added must be a duration', 'baseline * 1.1'],
    ['a.errors rate < baseline + 1', 27, 'what is added must be a percentage', 'baseline + 0.1%'],
    ['a.response p(99) == baseline', 20, 'two runs are never equal', '<= baseline * 1.05'],
    ['a.response max < baseline', 17, 'a baseline keeps no max of response', 'It keeps response'],
    ['a.response p(100) < baseline', 20, 'a baseline keeps no p(100) of response', 'It keeps'],
    ['a.errors count < baseline', 17, 'a baseline keeps no count of errors', 'It keeps response'],
    ['a.service p(99) < baseline', 18, 'a baseline keeps no service', 'It keeps response'],
    ['lag p(99) < baseline', 12, 'a baseline keeps no lag', 'It keeps response'],
    ['a -> b p(99) < baseline', 15, 'a baseline keeps no edges', 'It keeps response'],
    [
      'a.errors{of: attempts} rate < baseline',
      30,
      'a baseline keeps calls',
      'Leave out of: attempts',
    ],
    ['a.errors{fault: x} rate < baseline', 26, 'no faults by their names', '{fault: none}'],
    ['a.errors rate over 9s < baseline', 24, 'blocks of time that are its own', 'Leave out "over"'],
  ])('%s', (text, character, message, hint) => {
    expect(parseThreshold(text)).toMatchObject({
      character,
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining(hint) as string,
    });
  });
});

const name = fc.stringMatching(/^[A-Za-z][\w-]{0,8}$/u);
const tagValue = fc.string({ minLength: 1 }).filter((text) => !text.includes('"'));
const percent = fc
  .integer({ min: 1, max: 100_000_000 })
  .map((millionths) => Number((millionths / 1e6).toFixed(6)));
const timeAggregate: fc.Arbitrary<ThresholdAggregate> = fc.oneof(
  fc.constantFrom(...TIMES.map((kind) => ({ kind }))),
  percent.map((value) => ({ kind: 'percentile' as const, percent: value })),
);
const durationNs = fc.oneof(
  fc.integer({ min: 0, max: 1e12 }),
  fc.integer({ min: 0, max: 1e6 }).map((us) => us * 1e3),
  fc.integer({ min: 0, max: 1e6 }).map((ms) => ms * 1e6),
  fc.integer({ min: 0, max: 1e5 }).map((s) => s * 1e9),
);
const ratio = fc.integer({ min: 0, max: 1e6 }).map((parts) => parts / 1e4 / 100);
const perSec = fc.integer({ min: 0, max: 1e9 }).map((parts) => parts / 1e3);

/** Any threshold that the grammar allows, but for edges and baselines. */
const condition: fc.Arbitrary<Printed> = fc
  .record({
    metric: fc.constantFrom(...THRESHOLD_METRICS),
    step: fc.oneof(fc.constant('*'), name),
    phase: fc.oneof(fc.constant(''), name),
    target: fc.option(name, { nil: undefined }),
    tag: fc.option(fc.oneof(fc.record({ name }), fc.record({ name, value: tagValue })), {
      nil: undefined,
    }),
    fault: fc.option(
      name.filter((text) => text !== 'none'),
      { nil: undefined },
    ),
    isHealthy: fc.boolean(),
    isOfAttempts: fc.boolean(),
    times: timeAggregate,
    isRate: fc.boolean(),
    overS: fc.option(fc.integer({ min: 1, max: 3_600 }), { nil: undefined }),
    operator: fc.constantFrom(...OPERATORS),
    amounts: fc.record({ durationNs, ratio, perSec, count: fc.nat(), factor: fc.nat(9_999) }),
  })
  .map((one): Printed => {
    const { metric, amounts } = one;
    const form = METRICS[metric];
    const can = (key: 'target' | 'tag' | 'fault' | 'of'): boolean => form.selectors.includes(key);
    const isTime = form.measures === 'times';
    const isRate = one.isRate || metric === 'amplification';
    const isPerSecond = metric === 'calls' || metric === 'arrivals';
    const rate = isPerSecond ? amounts.perSec : amounts.ratio;
    const ofEvents = isRate ? rate : amounts.count;
    const isOfCalls = metric === 'response' || metric === 'service' || !one.isOfAttempts;
    return {
      step: form.of === 'run' ? '' : one.step,
      metric,
      phase: one.phase,
      ...(can('target') && one.target !== undefined && { target: one.target }),
      ...(can('tag') && one.tag !== undefined && { tag: one.tag }),
      ...(can('fault') && one.isHealthy && { healthy: true as const }),
      ...(can('fault') && !one.isHealthy && one.fault !== undefined && { fault: one.fault }),
      ...(can('of') && !isOfCalls && { of: 'attempts' as const }),
      aggregate: isTime ? one.times : { kind: isRate ? 'rate' : 'count' },
      ...(form.over && one.overS !== undefined && { overNs: one.overS * 1e9 }),
      operator: one.operator,
      limit: isTime
        ? amounts.durationNs
        : metric === 'amplification'
          ? amounts.factor / 100
          : ofEvents,
    };
  });

describe('law: what is printed is read as the same', () => {
  it('of every condition, and prints alike again', () => {
    fc.assert(
      fc.property(condition, (spec) => {
        const text = thresholdText(spec);
        expect(read(text)).toEqual(spec);
        expect(thresholdText(read(text))).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of limits by the baseline', () => {
    const factor = fc.integer({ min: 1, max: 99_999 }).map((parts) => parts / 1e3);
    fc.assert(
      fc.property(factor, durationNs, fc.boolean(), (times, ns, isLess) => {
        const offset = isLess && ns > 0 ? -ns : ns;
        const spec: Printed = {
          ...read('a.response p(99) < 1s'),
          limit: { factor: times, offset },
        };
        expect(read(thresholdText(spec))).toEqual(spec);
      }),
    );
  });

  it('of edges, with and without an operation', () => {
    const service = fc.stringMatching(/^[a-z][\w.:/-]{0,8}\w$/u);
    const operation = fc
      .string()
      .filter((text) => !text.includes('"') && (text === '' || text.trim() !== ''));
    fc.assert(
      fc.property(service, service, operation, (caller, callee, of) => {
        fc.pre(!/\.(?:response|service|errors|timeouts|calls)$/u.test(callee));
        const edge = { caller, callee, operation: of };
        const spec: Printed = { ...read('a -> b p(99) < 1s'), edge };
        expect(read(thresholdText(spec))).toEqual(spec);
      }),
    );
  });
});
