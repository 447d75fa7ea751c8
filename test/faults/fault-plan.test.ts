import { describe, expect, it } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { planFaults } from '../../src/faults/index.ts';
import type { FaultSpec } from '../../src/scenario/index.ts';

const PHASES = [
  { name: 'warm-up', fromNs: 0 },
  { name: 'steady', fromNs: 5 * NS_PER_SEC },
];

function fault(name: string, phase: string, fromSec: number, forSec: number): FaultSpec {
  return {
    name,
    proxy: 'payment',
    toxic: { type: 'reset', stream: 'downstream', toxicity: 1, afterNs: 0 },
    during: { phase, fromNs: fromSec * NS_PER_SEC, durationNs: forSec * NS_PER_SEC },
  };
}

function lines(faults: readonly FaultSpec[]): string[] {
  return planFaults(faults, PHASES).map(
    ({ atNs, action, fault: { name } }) => `${atNs / NS_PER_SEC}s ${action} ${name}`,
  );
}

describe('planFaults', () => {
  it('counts from the start of the phase that a fault names', () => {
    expect(lines([fault('stall', 'steady', 10, 5)])).toEqual(['15s add stall', '20s remove stall']);
  });

  it('interleaves faults that overlap, in the order of their times', () => {
    expect(lines([fault('late', 'steady', 2, 4), fault('early', 'warm-up', 0, 8)])).toEqual([
      '0s add early',
      '7s add late',
      '8s remove early',
      '11s remove late',
    ]);
  });

  it('removes before it adds where one fault begins as another ends', () => {
    expect(lines([fault('second', 'steady', 1, 1), fault('first', 'steady', 0, 1)])).toEqual([
      '5s add first',
      '6s remove first',
      '6s add second',
      '7s remove second',
    ]);
  });

  it('is empty without faults', () => {
    expect(planFaults([], PHASES)).toEqual([]);
  });
});
