import { describe, expect, it } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { planFaults, type FaultSpec } from '../../src/faults/index.ts';

const PHASES = [
  { name: 'warm-up', fromNs: 0, toNs: 5 * NS_PER_SEC },
  { name: 'steady', fromNs: 5 * NS_PER_SEC, toNs: 45 * NS_PER_SEC },
];

function fault(name: string, phase: string, fromSec: number, forSec: number): FaultSpec {
  return {
    name,
    proxy: 'payment',
    toxic: { type: 'noop', stream: 'downstream', toxicity: 1, settings: {} },
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

  it('repeats a fault for as often as all of it fits into its phase', () => {
    const once = fault('blip', 'steady', 10, 5);
    const during = { phase: 'steady', fromNs: 10 * NS_PER_SEC, durationNs: 5 * NS_PER_SEC };
    const again = { ...once, during: { ...during, everyNs: 10 * NS_PER_SEC } } as FaultSpec;
    expect(lines([again]).filter((line) => line.includes('add'))).toEqual([
      '15s add blip',
      '25s add blip',
      '35s add blip',
    ]);
  });

  it('puts a fault without a time before all others, and never takes it off', () => {
    const { during: _, ...lasting } = fault('wan', 'steady', 0, 1);
    expect(lines([fault('stall', 'warm-up', 0, 1), lasting as FaultSpec])).toEqual([
      '-Infinitys add wan',
      '0s add stall',
      '1s remove stall',
    ]);
  });

  it('is empty without faults', () => {
    expect(planFaults([], PHASES)).toEqual([]);
  });
});
