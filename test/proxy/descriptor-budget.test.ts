import { describe, expect, it } from 'vitest';
import { DescriptorBudget, descriptorLimit } from '../../src/proxy/descriptor-budget.ts';

describe('DescriptorBudget', () => {
  it('gives half of the limit, all or none at a time', () => {
    const budget = new DescriptorBudget(11);
    expect([budget.take(2), budget.take(2), budget.take(2), budget.take(1)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    budget.release(2);
    expect([budget.take(2), budget.take(1)]).toEqual([true, false]);
  });

  it('has no end where nobody knows the limit', () => {
    expect(new DescriptorBudget(Infinity).take(1e9)).toBe(true);
  });
});

describe('descriptorLimit', () => {
  it('reads the soft limit', () => {
    const limits =
      'Max processes   1   2   processes\nMax open files            1024   4096   files\n';
    expect(descriptorLimit(() => limits)).toBe(1_024);
    expect(descriptorLimit(() => limits.replace('1024', 'unlimited'))).toBe(Infinity);
  });

  it('is no bound where the platform does not say', () => {
    const missing = (): string => {
      throw new Error('ENOENT');
    };
    expect([descriptorLimit(missing), descriptorLimit(() => '')]).toEqual([Infinity, Infinity]);
  });
});
