import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SparseHistogram, mergeSparse } from '../../src/core/index.ts';
import {
  bucketIndex,
  bucketMidpointNs,
  COARSE_OCTAVE_BITS,
  HISTOGRAM_MAX_NS,
  LogLinearHistogram,
  takenFrom,
} from '../../src/record/index.ts';

/** Times as they spread in life: as many below 1 us as between 1 s and 1 h. */
const timeNs = fc
  .double({ min: 0, max: Math.log2(HISTOGRAM_MAX_NS), noNaN: true })
  .map((exponent) => Math.min(HISTOGRAM_MAX_NS, Math.max(1, Math.round(2 ** exponent))));
const timesNs = fc.array(timeNs, { maxLength: 300 });

function histogramOf(values: readonly number[]): LogLinearHistogram {
  const histogram = new LogLinearHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

const sparseOf = (values: readonly number[]): SparseHistogram => takenFrom(histogramOf(values));

describe('a bucket', () => {
  it('stands for each of its values to within 0.05%', () => {
    fc.assert(
      fc.property(timeNs, (ns) => {
        const midpointNs = bucketMidpointNs(bucketIndex(ns));
        expect(Math.abs(midpointNs - ns) / ns).toBeLessThanOrEqual(0.0005);
      }),
      { numRuns: 2_000 },
    );
  });

  it('comes after the bucket of every smaller value, across the edge of 32 bits too', () => {
    for (const edge of [1_024, 2_048, 4_096, 2 ** 31, 2 ** 32, 2 ** 40]) {
      expect(bucketIndex(edge)).toBe(bucketIndex(edge - 1) + 1);
    }
    fc.assert(
      fc.property(timeNs, timeNs, (a, b) => {
        expect(bucketIndex(Math.min(a, b))).toBeLessThanOrEqual(bucketIndex(Math.max(a, b)));
      }),
    );
  });

  it('has its own midpoint in it', () => {
    for (let index = 1; index < bucketIndex(HISTOGRAM_MAX_NS); index += 7) {
      expect(bucketIndex(bucketMidpointNs(index))).toBe(index);
    }
  });
});

describe('LogLinearHistogram', () => {
  it('knows every quantile to within 0.05% of the sorted values', () => {
    fc.assert(
      fc.property(
        fc.array(timeNs, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, ratio) => {
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(ratio * sorted.length)) - 1] ?? 0;
          const quantile = histogramOf(values).quantile(ratio);
          expect(Math.abs(quantile - exact) / exact).toBeLessThanOrEqual(0.0005);
        },
      ),
    );
  });

  it('merges to the same whatever the order and the grouping', () => {
    fc.assert(
      fc.property(timesNs, timesNs, timesNs, (a, b, c) => {
        const left = histogramOf(a);
        left.merge(histogramOf(b));
        left.merge(histogramOf(c));
        const inner = histogramOf(c);
        inner.merge(histogramOf(a));
        const right = histogramOf(b);
        right.merge(inner);
        expect(takenFrom(left)).toEqual(takenFrom(right));
      }),
    );
  });

  it('merges to what recording everything in one gives', () => {
    fc.assert(
      fc.property(timesNs, timesNs, (a, b) => {
        const merged = histogramOf(a);
        merged.merge(histogramOf(b));
        expect(merged.count).toBe(a.length + b.length);
        expect(takenFrom(merged)).toEqual(sparseOf([...a, ...b]));
      }),
    );
  });

  it('hands out ascending values with all counts, and is empty then', () => {
    fc.assert(
      fc.property(timesNs, (values) => {
        const histogram = histogramOf(values);
        const { valueNs, count } = takenFrom(histogram);
        expect(valueNs).toEqual(valueNs.toSorted((a, b) => a - b));
        expect(new Set(valueNs).size).toBe(valueNs.length);
        expect(count.every((n) => n > 0)).toBe(true);
        expect(count.reduce((sum, n) => sum + n, 0)).toBe(values.length);
        expect(histogram.count).toBe(0);
        expect(takenFrom(histogram)).toEqual({ valueNs: [], count: [] });
        histogram.record(5);
        expect(takenFrom(histogram)).toEqual({ valueNs: [5], count: [1] });
      }),
    );
  });

  it('counts what is out of range at the edge of the range, and says so above', () => {
    const histogram = new LogLinearHistogram();
    expect(histogram.record(0)).toBe(false);
    expect(histogram.record(HISTOGRAM_MAX_NS)).toBe(false);
    expect(histogram.record(HISTOGRAM_MAX_NS * 5)).toBe(true);
    const { valueNs, count } = takenFrom(histogram);
    expect(valueNs[0]).toBe(1);
    expect(valueNs[1]).toBeCloseTo(HISTOGRAM_MAX_NS, -10);
    expect(count).toEqual([1, 2]);
  });

  it('gives 0 for a quantile of nothing', () => {
    expect(new LogLinearHistogram().quantile(0.5)).toBe(0);
  });

  it('holds many values as it holds few, and again after they were taken', () => {
    const histogram = new LogLinearHistogram();
    const some = fc.array(timeNs, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 60 }), (values, times) => {
        const all = Array.from({ length: times }, () => values).flat();
        for (const value of all) histogram.record(value);
        expect(histogram.count).toBe(all.length);
        const counts = new Map<number, number>();
        for (const value of all) {
          const midpointNs = bucketMidpointNs(bucketIndex(value));
          counts.set(midpointNs, (counts.get(midpointNs) ?? 0) + 1);
        }
        const wanted = [...counts].toSorted(([a], [b]) => a - b);
        const { valueNs, count } = takenFrom(histogram);
        expect(valueNs.map((ns, i) => [ns, count[i]])).toEqual(wanted);
      }),
    );
  });

  it('records many at once as one after the other, few and many, in range and out of it', () => {
    // Spread, so that pages are made all along; and near, so that most are there already.
    const outOfRange = fc.constantFrom(-1, 0, HISTOGRAM_MAX_NS + 1, 2 ** 45);
    const near = fc.integer({ min: 300_000, max: 330_000 });
    const some = fc.array(fc.oneof(timeNs, near, outOfRange), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 6 }), fc.nat(20), (columns, unused) => {
        const [atOnce, oneByOne] = [new LogLinearHistogram(), new LogLinearHistogram()];
        for (const column of columns) {
          const values = Float64Array.from([...column, ...Array.from({ length: unused }, () => 7)]);
          const past = column.filter((ns) => oneByOne.record(ns)).length;
          expect(atOnce.recordAll(values, column.length)).toBe(past);
          expect(atOnce.count).toBe(oneByOne.count);
        }
        expect(takenFrom(atOnce)).toEqual(takenFrom(oneByOne));
      }),
    );
  });

  it('adds a value several times at once', () => {
    const histogram = histogramOf([5, 5]);
    histogram.record(5, 3);
    histogram.record(6, 0);
    expect(takenFrom(histogram)).toEqual({ valueNs: [5], count: [5] });
  });

  it('tells times apart to 0.8% where it is coarse', () => {
    fc.assert(
      fc.property(timeNs, (ns) => {
        const coarse = new LogLinearHistogram(COARSE_OCTAVE_BITS);
        coarse.merge(histogramOf([ns]));
        expect(Math.abs(coarse.quantile(1) - ns) / ns).toBeLessThanOrEqual(0.0085);
      }),
    );
  });
});

describe('mergeSparse', () => {
  it('gives what recording everything in one gives, in any order and grouping', () => {
    fc.assert(
      fc.property(timesNs, timesNs, timesNs, (a, b, c) => {
        const all = sparseOf([...a, ...b, ...c]);
        expect(mergeSparse(mergeSparse(sparseOf(a), sparseOf(b)), sparseOf(c))).toEqual(all);
        expect(mergeSparse(sparseOf(c), mergeSparse(sparseOf(b), sparseOf(a)))).toEqual(all);
      }),
    );
  });
});
