import { describe, expect, it } from 'vitest';
import { namedRandomOf, sampledRatioOf, withSamplingThreshold } from '../../src/core/index.ts';

describe('the part of traces that was kept', () => {
  it.each([
    ['', 1],
    ['ot=th:0', 1],
    ['ot=th:8', 0.5],
    ['ot=th:c', 0.25],
    ['ot=th:fd70a', (2 ** 20 - 0xfd70a) / 2 ** 20],
    ['ot=rv:00000000000001;th:c', 0.25],
    ['vendor=th:8, ot=th:c', 0.25],
    ['ot=th:ffffffffffffff', 2 ** -56],
    // None of these says anything.
    ['vendor=th:8', 1],
    ['ot=p:8;r:62', 1],
    ['ot=th:C', 1],
    ['ot=th:', 1],
    ['ot=th:fffffffffffffff', 1],
    ['not=th:8', 1],
  ])('is read of %j', (state, ratio) => expect(sampledRatioOf(state)).toBe(ratio));

  it('is written where it belongs, beside what else is there', () => {
    expect(withSamplingThreshold('', 'c')).toBe('ot=th:c');
    expect(withSamplingThreshold('a=1, b=2', 'c')).toBe('ot=th:c,a=1,b=2');
    expect(withSamplingThreshold('a=1,ot=rv:0123456789abcd;th:8;x:y,b=2', 'c')).toBe(
      'ot=th:c;rv:0123456789abcd;x:y,a=1,b=2',
    );
  });
});

it('reads the random bits that a trace state names in place of those of the trace id', () => {
  expect(namedRandomOf('ot=th:8;rv:0123456789abcd')).toBe(0x0123456789ab);
  expect(namedRandomOf('ot=rv:0123')).toBeUndefined();
  expect(namedRandomOf('ot=th:8')).toBeUndefined();
});
