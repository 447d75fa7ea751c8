import { describe, expect, it } from 'vitest';
import { SuccessWatch } from '../../src/cli/success-watch.ts';
import type { ErrorSlice, HistogramSlice, Outcome } from '../../src/core/index.ts';

interface Second {
  readonly histograms: readonly HistogramSlice[];
  readonly errors: readonly ErrorSlice[];
}

function second(count: number, outcome: Outcome = 'transport', text = 'ECONNREFUSED'): Second {
  const key = { second: 0, phase: 'steady', step: 'home', outcome } as const;
  const errors = outcome === 'ok' ? [] : [{ ...key, text, count }];
  const histogram = { ...key, target: 'api', clock: 'response', valueNs: [1], count: [count] };
  return { histograms: [{ ...histogram, clock: 'response' }], errors };
}

/** Returns what is told, by the second in which it is. */
function told(seconds: readonly Second[]): readonly (string | undefined)[] {
  const watch = new SuccessWatch();
  return seconds.map((one) => watch.add(one));
}

describe('a run whose first calls all fail', () => {
  it('is told of after five seconds with calls, once', () => {
    const failing = Array.from({ length: 7 }, () => second(400));
    expect(told(failing)).toEqual([
      ...Array.from({ length: 4 }, () => undefined),
      'no call has succeeded in the first 5 s: 2,000 calls failed for: ECONNREFUSED',
      undefined,
      undefined,
    ]);
    const quiet = { histograms: [], errors: [] };
    expect(told([quiet, quiet, quiet, quiet, quiet, second(1)])[5]).toBeUndefined();
  });

  it('is none where one call succeeded, or where none has failed', () => {
    const mixed = [second(400), second(1, 'ok'), ...Array.from({ length: 9 }, () => second(400))];
    expect(told(mixed).every((line) => line === undefined)).toBe(true);
    const dropped = Array.from({ length: 9 }, () => second(10, 'dropped', ''));
    expect(told(dropped).every((line) => line === undefined)).toBe(true);
  });

  it('names the most frequent reason', () => {
    const resets = second(7, 'transport', 'ECONNRESET');
    expect(told([second(2), second(2), second(2), second(2), resets])[4]).toContain(
      '15 calls failed, 8 of them for: ECONNREFUSED',
    );
  });
});
