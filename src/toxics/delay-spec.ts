import { type Ns, NS_PER_MS, NS_PER_SEC, NS_PER_US } from '../core/index.ts';

/** The longest delay of a distribution without a maximum of its own. */
export const DELAY_MAX_DEFAULT_NS: Ns = 60 * NS_PER_SEC;

/** The names of the distributions. */
export const DISTRIBUTIONS = [
  'constant',
  'uniform',
  'normal',
  'lognormal',
  'pareto',
  'histogram',
] as const satisfies readonly DelaySpec['distribution'][];

/** A distribution of delays. A draw below 0 counts as 0, one above `maxNs` as `maxNs`. */
export type DelaySpec =
  | { readonly distribution: 'constant'; readonly delayNs: Ns }
  | { readonly distribution: 'uniform'; readonly fromNs: Ns; readonly toNs: Ns }
  | {
      readonly distribution: 'normal';
      readonly meanNs: Ns;
      readonly deviationNs: Ns;
      readonly maxNs: Ns;
    }
  | {
      readonly distribution: 'lognormal';
      readonly medianNs: Ns;
      /** Standard deviation of the delay's natural logarithm. */
      readonly sigma: number;
      readonly maxNs: Ns;
    }
  | {
      readonly distribution: 'pareto';
      /** The least delay. */
      readonly minNs: Ns;
      /** The tail index: P(delay > x) = (min / x)^shape. */
      readonly shape: number;
      readonly maxNs: Ns;
    }
  | {
      /** As they were measured: `count[i]` of the delays were about `valueNs[i]`, ascending. */
      readonly distribution: 'histogram';
      readonly valueNs: readonly Ns[];
      readonly count: readonly number[];
      /** Where they were measured, for people: `run 1a2b..., create-order`. */
      readonly source: string;
    };

/** Returns a distribution of delays for people: `lognormal, median 20ms, sigma 0.5`. */
export function delayText(delay: DelaySpec): string {
  switch (delay.distribution) {
    case 'constant':
      return `constant, ${span(delay.delayNs)}`;
    case 'uniform':
      return `uniform, ${span(delay.fromNs)} to ${span(delay.toNs)}`;
    case 'normal':
      return `normal, mean ${span(delay.meanNs)}, deviation ${span(delay.deviationNs)}${bound(delay.maxNs)}`;
    case 'lognormal':
      return `lognormal, median ${span(delay.medianNs)}, sigma ${delay.sigma}${bound(delay.maxNs)}`;
    case 'pareto':
      return `pareto, min ${span(delay.minNs)}, shape ${delay.shape}${bound(delay.maxNs)}`;
    case 'histogram':
      return `histogram of ${delay.source}`;
  }
}

function bound(maxNs: Ns): string {
  return maxNs === DELAY_MAX_DEFAULT_NS ? '' : `, at most ${span(maxNs)}`;
}

/** A duration as in a scenario file, in the largest unit that gives 1 or more; six digits. */
function span(ns: Ns): string {
  if (ns >= NS_PER_SEC) return `${digits(ns / NS_PER_SEC)}s`;
  if (ns >= NS_PER_MS) return `${digits(ns / NS_PER_MS)}ms`;
  if (ns >= NS_PER_US) return `${digits(ns / NS_PER_US)}us`;
  return `${digits(ns)}ns`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(6)));
}
