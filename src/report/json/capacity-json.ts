import type { QuantileEstimate } from '../../analyze/index.ts';
import type { CapacityResult, RateEvaluation } from '../../capacity/index.ts';

/** Returns a search's result as the JSON report has it. */
export function capacityJson(capacity: CapacityResult): object {
  const { spec, met, missed } = capacity;
  return {
    outcome: capacity.outcome,
    end: capacity.end,
    objectives: spec.objectives.map(({ text }) => text),
    precisionRatio: spec.precisionRatio,
    metPerSec: met?.ratePerSec ?? null,
    missedPerSec: missed?.ratePerSec ?? null,
    missedReason: missed?.reason ?? null,
    unsentPerSec: capacity.unsent?.ratePerSec ?? null,
    undecidedPerSec: capacity.undecided.map(({ ratePerSec }) => ratePerSec),
    knees: capacity.knees,
    rates: capacity.rates.map(rateJson),
  };
}

function rateJson(rate: RateEvaluation): object {
  return {
    ratePerSec: rate.ratePerSec,
    standing: rate.verdict,
    reason: rate.reason,
    probes: rate.probes,
    spoiltProbes: rate.spoiltProbes.map(({ phase }) => phase),
    spoiltReasons: rate.spoiltProbes.map(({ reason }) => reason),
    ranNs: rate.ranNs,
    arrivals: rate.arrivals,
    droppedArrivals: rate.droppedArrivals,
    backlog: rate.backlog,
    achievedPerSec: rate.achievedPerSec,
    objectives: rate.objectives.map(({ verdict, result }) => ({
      text: result.text,
      standing: verdict,
      unit: result.unit,
      limit: result.limit,
      value: result.value ?? null,
      atLeast: result.atLeast,
      interval: result.interval ?? null,
      n: result.n,
      neededN: result.neededN ?? null,
    })),
    p50Ns: valueOf(rate.p50),
    p99Ns: valueOf(rate.p99),
  };
}

function valueOf(estimate: QuantileEstimate | undefined): number | null {
  return estimate?.kind === 'known' ? estimate.valueNs : null;
}
