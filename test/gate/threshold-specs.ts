import type { ThresholdSpec } from '../../src/scenario/index.ts';
import { NS_PER_MS } from '../../src/core/index.ts';

type Changes = Partial<Omit<ThresholdSpec, 'text'>>;

/**
 * Returns a threshold on the response time of create-order, p(99) < 300ms if nothing is changed.
 */
export function threshold(text: string, changes: Changes = {}): ThresholdSpec {
  return {
    text,
    step: 'create-order',
    metric: 'response',
    phase: '',
    aggregate: { kind: 'percentile', percent: 99 },
    operator: '<',
    limit: 300 * NS_PER_MS,
    ...changes,
  };
}

/** The thresholds of the quickstart's kind. */
export const USUAL_THRESHOLDS: readonly ThresholdSpec[] = [
  threshold('create-order.response p(99.9) < 300ms', {
    aggregate: { kind: 'percentile', percent: 99.9 },
  }),
  threshold('create-order.errors rate < 0.1%', {
    metric: 'errors',
    aggregate: { kind: 'rate' },
    limit: 0.001,
  }),
  threshold('dropped count == 0', {
    step: '',
    metric: 'dropped',
    aggregate: { kind: 'count' },
    operator: '==',
    limit: 0,
  }),
];
