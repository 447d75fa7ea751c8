import { NS_PER_SEC, type Ns } from '../core/index.ts';

/** The longest delay of a distribution that was told none. */
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
