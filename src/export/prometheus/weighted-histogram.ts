import { Histogram, type Registry } from 'prom-client';

import { secFromNs, type SparseHistogram } from '../../core/index.ts';

/** Upper bounds in seconds: 100 us, then 1.2 times the one before, past 60 s. */
export const BUCKET_BOUNDS_SEC: readonly number[] = bucketBounds(100e-6, 60, 1.2);

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Not cumulative; the last entry counts what is above every bound. */
  readonly counts: number[];
  sumSec: number;
}

/**
 * A classic Prometheus histogram that takes whole sparse histograms. prom-client's own `observe`
 * takes one value at a time and searches its bounds from below; a second of 20,000 calls arrives
 * here as a few hundred (value, count) pairs instead.
 */
export class WeightedHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #series = new Map<string, Series>();

  constructor(options: {
    readonly name: string;
    readonly help: string;
    readonly labelNames: readonly string[];
    readonly registry: Registry;
  }) {
    super({
      name: options.name,
      help: options.help,
      labelNames: options.labelNames,
      buckets: [...BUCKET_BOUNDS_SEC],
      registers: [options.registry],
    });
    this.#name = options.name;
    this.#help = options.help;
  }

  /** Adds every value of the histogram, each as often as it was counted. */
  add(labels: Readonly<Record<string, string>>, values: SparseHistogram): void {
    const key = JSON.stringify(labels);
    const series = this.#series.get(key) ?? {
      labels,
      counts: BUCKET_BOUNDS_SEC.map(() => 0).concat(0),
      sumSec: 0,
    };
    this.#series.set(key, series);
    values.valueNs.forEach((valueNs, i) => {
      const count = values.count[i] ?? 0;
      const valueSec = secFromNs(valueNs);
      const bucket = bucketOf(valueSec);
      series.counts[bucket] = (series.counts[bucket] ?? 0) + count;
      series.sumSec += valueSec * count;
    });
  }

  override get(): ReturnType<Histogram['get']> {
    const values = [...this.#series.values()].flatMap((series) => this.#linesOf(series));
    return Promise.resolve({
      name: this.#name,
      help: this.#help,
      type: 'histogram' as never,
      aggregator: 'sum',
      collect: () => undefined,
      values,
    });
  }

  /** The registry asks for this form, which may share labels between lines; here it does not. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }

  #linesOf(series: Series): {
    metricName: string;
    labels: Record<string, string | number>;
    value: number;
  }[] {
    let below = 0;
    const buckets = series.counts.map((count, i) => {
      below += count;
      const le = BUCKET_BOUNDS_SEC[i] ?? '+Inf';
      return { metricName: `${this.#name}_bucket`, labels: { ...series.labels, le }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${this.#name}_sum`, labels: { ...series.labels }, value: series.sumSec },
      { metricName: `${this.#name}_count`, labels: { ...series.labels }, value: below },
    ];
  }
}

/**
 * Returns the index of the lowest bound that is not below the value; one past the last for none.
 */
function bucketOf(valueSec: number): number {
  let low = 0;
  let high = BUCKET_BOUNDS_SEC.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((BUCKET_BOUNDS_SEC[middle] ?? Infinity) < valueSec) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Four significant digits keep the `le` labels short and the same on every machine. */
function bucketBounds(firstSec: number, pastSec: number, factor: number): number[] {
  const bounds: number[] = [];
  for (let bound = firstSec; (bounds.at(-1) ?? 0) < pastSec; bound *= factor) {
    bounds.push(Number(bound.toPrecision(4)));
  }
  return bounds;
}
