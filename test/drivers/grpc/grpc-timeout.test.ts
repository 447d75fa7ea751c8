import fc from 'fast-check';
import { expect, it } from 'vitest';
import { grpcTimeout } from '../../../src/drivers/grpc/grpc-timeout.ts';

const UNIT_NS: Readonly<Record<string, number>> = {
  n: 1,
  u: 1e3,
  m: 1e6,
  S: 1e9,
  M: 60e9,
  H: 3_600e9,
};

it.each([
  [1, '1n'],
  [99_999_999, '99999999n'],
  [500e6, '500000u'],
  [10e9, '10000000u'],
  [100e9, '100000m'],
  [1e15, '1000000S'],
])('%i ns is sent as %s', (ns, text) => {
  expect(grpcTimeout(ns)).toBe(text);
});

it('is never shorter than the time, and has 8 digits at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 52 }), (ns) => {
      const [, digits = '', unit = ''] = /^(\d{1,8})([numSMH])$/u.exec(grpcTimeout(ns)) ?? [];
      const sentNs = Number(digits) * (UNIT_NS[unit] ?? NaN);
      expect(sentNs).toBeGreaterThanOrEqual(ns);
      expect(sentNs - ns).toBeLessThan(Math.max(1, ns * 1.1e-5));
    }),
  );
});
