import { describe, expect, it } from 'vitest';
import { NS_PER_MS, rngFrom } from '../../src/core/index.ts';
import { SlowTimes } from '../../src/sampling/index.ts';

const OPERATION = [7, 9] as const;

describe('slow times', () => {
  it('begin at the percentile of the times before', () => {
    const times = new SlowTimes(0.99);
    const rng = rngFrom(3, 'slow');
    const draw = (): number => NS_PER_MS * (1 - Math.log(1 - rng.nextFloat()));
    for (let i = 0; i < 20_000; i++) times.add(...OPERATION, draw());
    times.renew('missing');
    const limitNs = times.limitNs(...OPERATION) ?? 0;
    const later = Array.from({ length: 20_000 }, draw);
    const slow = later.filter((ns) => ns >= limitNs).length / later.length;
    expect(slow).toBeGreaterThan(0.008);
    expect(slow).toBeLessThan(0.014);
  });

  it('are few where nearly all times are alike', () => {
    const times = new SlowTimes(0.99);
    for (let i = 0; i < 1_000; i++) times.add(...OPERATION, 10 * NS_PER_MS + i);
    times.renew('all');
    expect(times.limitNs(...OPERATION)).toBeGreaterThan(10 * NS_PER_MS + 1_000);
    expect(times.limitNs(...OPERATION)).toBeLessThan(10.5 * NS_PER_MS);
  });

  it('are unknown of an operation that ran too seldom, and stay as they are until it did', () => {
    const times = new SlowTimes(0.99);
    for (let i = 1; i < 200; i++) times.add(...OPERATION, i * NS_PER_MS);
    expect(times.renew('all')).toEqual([]);
    expect(times.limitNs(...OPERATION)).toBeUndefined();
    times.add(...OPERATION, 200 * NS_PER_MS);
    const [limit] = times.renew('missing');
    expect(limit).toMatchObject({ high: 7, low: 9 });
    times.add(...OPERATION, 1);
    expect(times.renew('all')).toEqual([]);
    expect(times.limitNs(...OPERATION)).toBe(limit?.limitNs);
  });

  it('are those that were known before, where they are restored', () => {
    const times = new SlowTimes(0.99);
    times.restore({ high: 7, low: 9, limitNs: 5 });
    expect(times.limitNs(...OPERATION)).toBe(5);
    expect(times.limitNs(9, 7)).toBeUndefined();
  });
});
