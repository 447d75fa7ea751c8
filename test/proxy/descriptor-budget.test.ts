import { describe, expect, it } from 'vitest';
import { DescriptorBudget } from '../../src/proxy/descriptor-budget.ts';

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
