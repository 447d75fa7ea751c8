import { NS_PER_MS, NS_PER_SEC, NS_PER_US, type Ns } from '../core/index.ts';
import { DELAY_MAX_DEFAULT_NS, type DelaySpec } from './delay-spec.ts';

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

/** As a scenario file has it, in the largest unit of which it is one or more; six digits. */
function span(ns: Ns): string {
  if (ns >= NS_PER_SEC) return `${digits(ns / NS_PER_SEC)}s`;
  if (ns >= NS_PER_MS) return `${digits(ns / NS_PER_MS)}ms`;
  if (ns >= NS_PER_US) return `${digits(ns / NS_PER_US)}us`;
  return `${digits(ns)}ns`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(6)));
}
