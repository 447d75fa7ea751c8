import type { Gauge } from 'prom-client';

import type { SeriesKey, SparseHistogram } from '../../core/index.ts';
import type { MetricDefinition, QuantileFamily } from './catalogue.ts';
import { RunningSeries } from './running-series.ts';

/** One quantile with its interval. A quantile that the sample cannot carry is left out. */
export interface QuantileEstimate {
  /** Between 0 and 1. */
  readonly quantile: number;
  readonly valueSec: number;
  readonly lowSec: number;
  /** Absent where too many values were cut off to know. */
  readonly highSec?: number;
}

/**
 * Returns the quantiles that a sample can carry; none for an empty one. `censored` holds the values
 * that were cut off: lower bounds.
 */
export type QuantilesOf = (
  exact: SparseHistogram,
  censored: SparseHistogram,
) => readonly QuantileEstimate[];

type Labels = Readonly<Record<string, string>>;

/**
 * The gauges of one clock, and the running series that they are computed from. Never prom-client's
 * summaries: those forget, and cannot be merged.
 */
export class QuantileGauges {
  readonly clock: QuantileFamily['clock'];
  readonly #byStep: boolean;
  readonly #value: Gauge;
  readonly #lower: Gauge;
  readonly #upper: Gauge;
  readonly #samples: Gauge;
  readonly #series = new Map<string, RunningSeries>();

  constructor(family: QuantileFamily, gauge: (definition: MetricDefinition) => Gauge) {
    this.clock = family.clock;
    this.#byStep = family.samples.labels.includes('step');
    this.#value = gauge(family.value);
    this.#lower = gauge(family.lower);
    this.#upper = gauge(family.upper);
    this.#samples = gauge(family.samples);
  }

  /** Returns the labels under which a slice of the series is merged with others. */
  labelsOf({ phase, step }: SeriesKey): Labels {
    return this.#byStep ? { phase, step } : { phase };
  }

  add(labels: Labels, slice: SparseHistogram, isCensored: boolean): void {
    const key = JSON.stringify(labels);
    const series = this.#series.get(key) ?? new RunningSeries(labels);
    this.#series.set(key, series);
    series.add(slice, isCensored);
  }

  /** Sets every gauge from the series that changed since the refresh before. */
  refresh(quantilesOf: QuantilesOf): void {
    for (const series of this.#series.values()) {
      if (!series.takeChanged()) continue;
      this.#samples.set(series.labels, series.samples);
      for (const { quantile, valueSec, lowSec, highSec } of quantilesOf(
        series.exact,
        series.censored,
      )) {
        const labels = { ...series.labels, percentile: percentileText(quantile) };
        this.#value.set(labels, valueSec);
        this.#lower.set(labels, lowSec);
        if (highSec === undefined) this.#upper.remove(labels);
        else this.#upper.set(labels, highSec);
      }
    }
  }
}

/** `99.9` for 0.999, free of the float's tail. */
function percentileText(quantile: number): string {
  return String(Number((quantile * 100).toPrecision(12)));
}
