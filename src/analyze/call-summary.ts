import { NS_PER_SEC, OUTCOMES, type Ns, type Outcome } from '../core/index.ts';
import { answeredSample, summarizeClock, type SeriesPart } from './clock-summary.ts';
import type { CallSummary } from './run-analysis.ts';
import { countOf } from './sparse-histogram.ts';

/** Design effects of the clocks, per percentile. */
export interface DesignEffects {
  readonly response: (percent: number) => number;
  readonly service: (percent: number) => number;
}

const INDEPENDENT: DesignEffects = { response: () => 1, service: () => 1 };

/**
 * Returns the summary of the calls in `parts`, which were made in `ranNs` of time. The clocks lag and
 * connect are of no single call and are passed over.
 */
export function summarizeCalls(
  parts: readonly SeriesPart[],
  ranNs: Ns,
  designEffects: DesignEffects = INDEPENDENT,
): CallSummary {
  const byClock = Map.groupBy(parts, (p) => p.clock);
  const response = byClock.get('response') ?? [];
  const service = byClock.get('service') ?? [];
  const outcomes = countOutcomes(response);
  const calls = OUTCOMES.reduce((sum, o) => (o === 'dropped' ? sum : sum + outcomes[o]), 0);
  const errors = outcomes.status + outcomes.timeout + outcomes.transport;
  const ended = calls - outcomes.cancelled;
  return {
    calls,
    outcomes,
    errors,
    errorRatio: ended === 0 ? 0 : errors / ended,
    timeoutRatio: ended === 0 ? 0 : outcomes.timeout / ended,
    achievedPerSec: ranNs === 0 ? 0 : (calls / ranNs) * NS_PER_SEC,
    response: summarizeClock(answeredSample(response), designEffects.response),
    service: summarizeClock(answeredSample(service), designEffects.service),
  };
}

/** Every call is in the response clock once, whatever its outcome, so that clock counts them. */
function countOutcomes(response: readonly SeriesPart[]): Record<Outcome, number> {
  const outcomes = { ok: 0, status: 0, timeout: 0, transport: 0, cancelled: 0, dropped: 0 };
  for (const part of response) outcomes[part.outcome] += countOf(part);
  return outcomes;
}
