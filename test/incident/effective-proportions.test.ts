import { expect, it } from 'vitest';
import { effectiveProportions, wholeOf } from '../../src/incident/effective-proportions.ts';

/** Spans with weights: of each weight so many, and how many of them are hits. */
function hitsOf(...parts: readonly { weight: number; n: number; hits: number }[]) {
  const sum = (of: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    count: sum(({ weight, n }) => weight * n),
    sum: sum(({ weight, hits }) => weight * hits),
    weightedCount: sum(({ weight, n }) => weight * weight * n),
    weightedSum: sum(({ weight, hits }) => weight * weight * hits),
  };
}

it('leaves proportions of all spans as they are', () => {
  const [window, baseline] = [
    hitsOf({ weight: 1, n: 300, hits: 12 }),
    hitsOf({ weight: 1, n: 500, hits: 0 }),
  ];
  expect(effectiveProportions(window, baseline)).toEqual([
    { hits: 12, n: 300 },
    { hits: 0, n: 500 },
  ]);
});

it('takes spans that stand for ten for a tenth of what they stand for', () => {
  const [window, baseline] = effectiveProportions(
    hitsOf({ weight: 10, n: 300, hits: 12 }),
    hitsOf({ weight: 10, n: 500, hits: 0 }),
  );
  expect([window, baseline].map(wholeOf)).toEqual([
    { hits: 12, n: 300 },
    { hits: 0, n: 500 },
  ]);
});

it('takes errors, which are all kept, nearly for what they are among all', () => {
  const [window, baseline] = effectiveProportions(
    hitsOf({ weight: 1, n: 50, hits: 50 }, { weight: 20, n: 500, hits: 0 }),
    hitsOf({ weight: 20, n: 500, hits: 0 }),
  );
  expect(window.n).toBeGreaterThan(0.9 * 10_050);
  expect(window.hits).toBeGreaterThan(45);
  expect(baseline).toEqual({ hits: 0, n: 10_000 });
});
