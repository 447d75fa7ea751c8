import { describe, expect, it } from 'vitest';
import { analyzeServed } from '../../src/analyze/served-analysis.ts';
import type { HistogramSlice, Outcome } from '../../src/core/index.ts';
import type { ServedCalls } from '../../src/spans/index.ts';

const SECONDS = 10;

/** Ten seconds of 10 calls each. */
function calls(step: string, outcome: Outcome = 'ok'): readonly HistogramSlice[] {
  return Array.from({ length: SECONDS }, (_, second) => ({
    ...{ second, phase: 'steady', step, target: 't', outcome, clock: 'service' as const },
    ...{ valueNs: [1_000, 2_000], count: [4, 6] },
  }));
}

/** Of 3 kept calls in each second, those with a server's span. */
function kept(step: string, seenOf: (second: number) => number): ServedCalls['kept'] {
  return Array.from({ length: SECONDS }, (_, second) => {
    return { step, second, calls: 3, seen: seenOf(second) };
  });
}

describe('the server spans of a run', () => {
  it('are of none of the calls where nobody sends any', () => {
    const served = { calls: 0, kept: kept('a', () => 0) };
    expect(analyzeServed(served, calls('a'))).toMatchObject({ kind: 'none', calls: 100, seen: 0 });
  });

  it.each([
    ['whole', () => 3, 100],
    ['whole', (second: number) => (second % 5 === 4 ? 2 : 3), 95],
    ['part', () => 1, 30],
    ['early', (second: number) => (second < 6 ? 3 : 0), 60],
    ['early', (second: number) => (second < 9 ? 3 : 0), 93],
  ] as const)('are the %s of the calls', (kind, seenOf, seen) => {
    const served = { calls: seen, kept: kept('a', seenOf) };
    expect(analyzeServed(served, calls('a'))).toMatchObject({ kind, calls: 100, seen });
  });

  it('do not tell halves apart by a handful of kept calls', () => {
    const few = kept('a', (second) => (second < 2 ? 3 : 0)).slice(0, 4);
    expect(analyzeServed({ calls: 95, kept: few }, calls('a'))).toMatchObject({ kind: 'whole' });
  });

  it('are wanted of the calls that were answered, and of no others', () => {
    const slices = [
      ...calls('a'),
      ...calls('a', 'status'),
      ...calls('a', 'check'),
      ...calls('a', 'timeout'),
      ...calls('a', 'transport'),
    ];
    const served = { calls: 300, kept: [] };
    expect(analyzeServed(served, slices)).toMatchObject({ kind: 'whole', calls: 300, seen: 300 });
  });

  it('are not wanted of a step whose server sends none', () => {
    const slices = [...calls('a'), ...calls('b')];
    const a = kept('a', () => 3);
    const served = { calls: 100, kept: [...a, ...kept('b', () => 0)] };
    expect(analyzeServed(served, slices)).toMatchObject({
      kind: 'whole',
      calls: 100,
      keptBySteps: [
        { step: 'a', calls: 30, seen: 30 },
        { step: 'b', calls: 30, seen: 0 },
      ],
    });
    const few = { calls: 100, kept: [...a, ...kept('b', () => 0).slice(0, 1)] };
    expect(analyzeServed(few, slices)).toMatchObject({ kind: 'part', calls: 200, seen: 100 });
  });
});
