import { describe, expect, it } from 'vitest';
import { traceSearchOf } from '../../src/cli/trace-search-options.ts';

const plain = { attribute: [], limit: '20' };

describe('what callgauge traces looks for', () => {
  it('is anything, the newest first, where nothing is asked for', () => {
    expect(traceSearchOf(plain)).toEqual({ attributes: [], order: 'newest', limit: 20 });
  });

  it('is all that is asked for', () => {
    const search = traceSearchOf({
      attribute: ['http.route=/a=b', 'user.tier'],
      from: '2026-11-28T16:40:00Z',
      to: '1796057000',
      service: 'cart',
      operation: 'GET *',
      minDuration: '500ms',
      maxDuration: '1m30s',
      failed: true,
      fault: 'slow',
      longest: true,
      limit: '1000',
    });
    expect(search).toEqual({
      fromEpochNs: 1_795_884_000_000_000_000n,
      toEpochNs: 1_796_057_000_000_000_000n,
      serviceName: 'cart',
      operation: 'GET *',
      durationMinNs: 500_000_000n,
      durationMaxNs: 90_000_000_000n,
      failed: true,
      attributes: [
        { key: 'http.route', value: '/a=b' },
        { key: 'user.tier', value: undefined },
      ],
      fault: 'slow',
      order: 'longest',
      limit: 1_000,
    });
    expect(traceSearchOf({ ...plain, since: '1h' })).toMatchObject({ sinceNs: 3_600_000_000_000n });
  });

  it.each([
    [{ since: '5' }, '--since must be a time with its unit, got 5'],
    [{ since: '1h', from: '2026-11-28T16:40:00Z' }, '--since and --from exclude each other'],
    [{ from: 'noon' }, '--from must be a time'],
    [
      { from: '2026-11-28T16:40:00Z', to: '2026-11-28T16:40:00Z' },
      '--to must be behind --from, got 2026-11-28T16:40:00Z and 2026-11-28T16:40:00Z',
    ],
    [{ minDuration: 'long' }, '--min-duration must be a time with its unit, got long'],
    [{ limit: '0' }, '--limit must be a whole number from 1 to 1000, got 0'],
    [{ limit: '1001' }, '--limit must be a whole number from 1 to 1000, got 1001'],
    [{ attribute: ['=x'] }, '--attribute must be key or key=value, got "=x"'],
  ])('refuses %j', (options, message) => {
    expect(() => traceSearchOf({ ...plain, ...options })).toThrow(message);
  });
});
