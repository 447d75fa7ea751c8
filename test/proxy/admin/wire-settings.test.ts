import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf, TOXIC_KINDS, type DelaySpec } from '../../../src/toxics/index.ts';
import { settingsFromWire, settingsToWire } from '../../../src/proxy/admin/wire-settings.ts';

function read(type: string, attributes: Record<string, unknown>, base = {}) {
  return settingsFromWire(kindOf(type), attributes, base);
}

describe("Toxiproxy's own toxics on the wire", () => {
  it.each([
    ['latency', { latency: 250, jitter: 50 }, { latencyNs: 250_000_000, jitterNs: 50_000_000 }],
    ['bandwidth', { rate: 64 }, { rateBytesPerSec: 64_000 }],
    ['slow_close', { delay: 7 }, { delayNs: 7_000_000 }],
    ['timeout', { timeout: 7 }, { timeoutNs: 7_000_000 }],
    ['reset_peer', { timeout: 7 }, { timeoutNs: 7_000_000 }],
    [
      'slicer',
      { average_size: 64, size_variation: 8, delay: 10 },
      { averageBytes: 64, variationBytes: 8, delayNs: 10_000 },
    ],
    ['limit_data', { bytes: 9 }, { bytes: 9 }],
    ['noop', {}, {}],
  ])('%s has its units', (type, attributes, values) => {
    expect(read(type, attributes)).toEqual({ values });
    expect(settingsToWire(kindOf(type), values)).toEqual(attributes);
  });

  it('says all attributes, in their order, also those that were left out', () => {
    const answer = read('slicer', { delay: 5 });
    const values = 'values' in answer ? answer.values : {};
    expect(JSON.stringify(settingsToWire(kindOf('slicer'), values))).toBe(
      '{"average_size":0,"size_variation":0,"delay":5}',
    );
  });

  it('gives any whole number back as it came', () => {
    const number = fc.integer({ min: -(2 ** 45), max: 2 ** 45 });
    fc.assert(
      fc.property(number, number, (latency, jitter) => {
        const answer = read('latency', { latency, jitter });
        const values = 'values' in answer ? answer.values : {};
        expect(settingsToWire(kindOf('latency'), values)).toEqual({
          latency: latency + 0,
          jitter: jitter + 0,
        });
      }),
    );
  });

  it('keeps what is left out or null, takes names in any case, passes over unknown ones', () => {
    const base = { latencyNs: 5_000_000, jitterNs: 6_000_000 };
    expect(read('latency', { LATENCY: 9, jitter: null, other: 'x' }, base)).toEqual({
      values: { latencyNs: 9_000_000, jitterNs: 6_000_000 },
    });
  });

  it.each(['7', true, 1.5, [], {}, 2 ** 64, NaN])('refuses %j', (seen) => {
    expect(read('latency', { latency: seen })).toEqual({
      problems: [{ name: 'latency', seen, wanted: 'a whole number' }],
    });
  });
});

describe('headers that a toxic may not edit', () => {
  it.each([
    ['http_headers', { remove: ['Content-Length'] }, 'remove', 'Content-Length'],
    ['http_headers', { set: { 'transfer-encoding': 'x' } }, 'set', 'transfer-encoding'],
    ['http_headers', { add: { Connection: 'close' } }, 'add', 'Connection'],
    ['http_headers', { add: { 'no token': '1' } }, 'add', 'no token'],
    ['http_headers', { remove: [':status'] }, 'remove', ':status'],
    ['http_abort', { headers: { upgrade: 'x' } }, 'headers', 'upgrade'],
  ])('%s refuses %j', (type, attributes, name, seen) => {
    const answer = read(type, attributes);
    expect('problems' in answer && answer.problems).toMatchObject([{ name, seen }]);
  });

  it('are no others', () => {
    expect(read('http_headers', { remove: ['te'], set: { 'X-A': '1' } })).toHaveProperty('values');
  });
});

describe('other toxics on the wire', () => {
  it('have ranges, and say every problem at once', () => {
    expect(read('corrupt', { share: 1.5, what: 'word', how: 'bit' })).toEqual({
      problems: [
        { name: 'share', seen: 1.5, wanted: 'a number from 0 to 1' },
        { name: 'what', seen: 'word', wanted: 'one of bit, byte' },
        { name: 'how', seen: 'bit', wanted: 'share, what' },
      ],
    });
    expect(read('stall', { duration: -1 })).toEqual({
      problems: [{ name: 'duration', seen: -1, wanted: 'a whole number, 0 or more' }],
    });
  });

  it('say that a delay is missing', () => {
    expect(read('delay', {})).toEqual({
      problems: [{ name: 'delay', seen: undefined, wanted: 'an object with a distribution' }],
    });
  });

  it('have defaults for all but a delay', () => {
    for (const kind of TOXIC_KINDS.values()) {
      const hasDelay = Object.values(kind.settings).some((setting) => setting.kind === 'delay');
      const answer = settingsFromWire(kind, {});
      expect('values' in answer).toBe(!hasDelay);
      if ('values' in answer) {
        expect(Object.keys(answer.values).sort()).toEqual(Object.keys(kind.settings).sort());
        expect(settingsFromWire(kind, settingsToWire(kind, answer.values))).toEqual(answer);
      }
    }
  });
});

describe('a delay on the wire', () => {
  const ms = fc.nat(60_000).map((n) => n * 1_000_000);
  const delay: fc.Arbitrary<DelaySpec> = fc.oneof(
    fc.record({ distribution: fc.constant('constant' as const), delayNs: ms }),
    fc.record({
      distribution: fc.constant('uniform' as const),
      fromNs: fc.constant(5),
      toNs: ms.map((ns) => ns + 5),
    }),
    fc.record({
      distribution: fc.constant('normal' as const),
      meanNs: ms,
      deviationNs: ms,
      maxNs: ms,
    }),
    fc.record({
      distribution: fc.constant('lognormal' as const),
      medianNs: ms,
      sigma: fc.constantFrom(0.1, 0.5, 3),
      maxNs: ms,
    }),
    fc.record({
      distribution: fc.constant('pareto' as const),
      minNs: ms,
      shape: fc.constantFrom(0.5, 1.5),
      maxNs: ms,
    }),
    fc.record({
      distribution: fc.constant('histogram' as const),
      valueNs: fc.constant([1_000, 2_500_000]),
      count: fc.constant([3, 1]),
      source: fc.string(),
    }),
  );

  it('comes back as it went', () => {
    fc.assert(
      fc.property(delay, (sent) => {
        const attributes = settingsToWire(kindOf('delay'), { delay: sent });
        expect(read('delay', attributes)).toEqual({ values: { delay: sent } });
      }),
    );
  });

  it('has a most of one minute unless told', () => {
    const sent = { distribution: 'lognormal', median: 20, sigma: 0.5 };
    expect(read('delay', { delay: sent })).toEqual({
      values: {
        delay: { distribution: 'lognormal', medianNs: 20_000_000, sigma: 0.5, maxNs: 60e9 },
      },
    });
  });

  it.each([
    [7, 'delay', 'an object with a distribution'],
    [{ distribution: 'gamma' }, 'delay.distribution', /^one of constant, uniform/u],
    [{ distribution: 'constant', delay: -1 }, 'delay.delay', 'a number of ms, 0 or more'],
    [{ distribution: 'uniform', from: 9, to: 3 }, 'delay.to', 'at least from'],
    [{ distribution: 'pareto', min: 1, shape: 0 }, 'delay.shape', 'a number over 0, at most 100'],
    [{ distribution: 'histogram', values: [2, 1], count: [1, 1] }, 'delay.values', /ascending/u],
    [{ distribution: 'histogram', values: [1], count: [0] }, 'delay.count', /how often/u],
  ])('is refused with the location: %o', (sent, name, wanted) => {
    const answer = read('delay', { delay: sent });
    expect('problems' in answer && answer.problems[0]?.name).toBe(name);
    expect('problems' in answer && answer.problems[0]?.wanted).toMatch(wanted);
  });
});
