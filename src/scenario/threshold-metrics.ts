import type { SelectorName } from './threshold-selectors.ts';
import type { ThresholdMetric } from './threshold-spec.ts';

/** What a metric is, and what may stand behind it. */
interface MetricForm {
  /** Whose it is: a step's, a step's that has a policy, or the whole run's. */
  readonly of: 'step' | 'policy' | 'run';
  readonly measures: 'times' | 'events';
  readonly selectors: readonly SelectorName[];
  /** Whether it can be asked for in every stretch of a length. */
  readonly over: boolean;
  /** Whether a baseline keeps it. */
  readonly baseline: boolean;
}

const STEP_SELECTORS: readonly SelectorName[] = ['phase', 'target', 'tag', 'fault'];
const CALLS: readonly SelectorName[] = [...STEP_SELECTORS, 'of'];

/** In the order of messages. */
export const METRICS: Readonly<Record<ThresholdMetric, MetricForm>> = {
  response: { of: 'step', measures: 'times', selectors: CALLS, over: true, baseline: true },
  service: { of: 'step', measures: 'times', selectors: CALLS, over: true, baseline: false },
  errors: { of: 'step', measures: 'events', selectors: CALLS, over: true, baseline: true },
  timeouts: { of: 'step', measures: 'events', selectors: CALLS, over: true, baseline: true },
  calls: { of: 'step', measures: 'events', selectors: CALLS, over: true, baseline: true },
  rejected: {
    of: 'policy',
    measures: 'events',
    selectors: STEP_SELECTORS,
    over: true,
    baseline: true,
  },
  fallbacks: {
    of: 'policy',
    measures: 'events',
    selectors: STEP_SELECTORS,
    over: true,
    baseline: true,
  },
  amplification: {
    of: 'policy',
    measures: 'events',
    selectors: STEP_SELECTORS,
    over: false,
    baseline: false,
  },
  arrivals: {
    of: 'run',
    measures: 'events',
    selectors: ['phase', 'fault'],
    over: true,
    baseline: true,
  },
  dropped: {
    of: 'run',
    measures: 'events',
    selectors: ['phase', 'fault'],
    over: true,
    baseline: true,
  },
  lag: { of: 'run', measures: 'times', selectors: ['phase'], over: false, baseline: false },
  'connect-errors': {
    of: 'run',
    measures: 'events',
    selectors: ['phase'],
    over: false,
    baseline: false,
  },
};

export const THRESHOLD_METRICS = Object.keys(METRICS).filter(isMetric);
/** Of steps with a policy alone. */
export const POLICY_METRICS = THRESHOLD_METRICS.filter((metric) => METRICS[metric].of === 'policy');
export const STEP_METRICS = THRESHOLD_METRICS.filter((metric) => METRICS[metric].of === 'step');
export const RUN_METRICS = THRESHOLD_METRICS.filter((metric) => METRICS[metric].of === 'run');

/** Of one target in place of a step; of all of them it stands alone. */
export const TARGET_METRIC: ThresholdMetric = 'connect-errors';

function isMetric(word: string): word is ThresholdMetric {
  return Object.hasOwn(METRICS, word);
}
