/** Of the report, what {@link reportSummary} reads. */
interface Report {
  readonly results: {
    readonly verdict: string;
    readonly thresholds: readonly { text: string; state: string; value: number | null }[];
    readonly capacity?: Readonly<Record<string, unknown>>;
    readonly phases: readonly { name: string; arrivals: number; droppedArrivals: number }[];
    readonly counters: Readonly<Record<string, number>>;
    readonly errors: readonly unknown[];
    readonly lag: Clock;
    readonly steps: readonly (Calls & { step: string; overall: Calls })[];
    readonly faults: readonly {
      fault: string;
      fromNs: number;
      toNs: number;
      steps: readonly { step: string; during: Calls; recovery: { state: string } }[];
    }[];
    readonly edges: readonly {
      caller: string;
      callee: string;
      operation: string;
      attempt: Clock;
      timeouts: readonly { timeoutNs: number | null }[];
    }[];
    readonly slowestCalls: readonly { traceId: string; step: string; responseNs: number }[];
    readonly spans: { readonly harness: number; readonly all: number };
  };
}

interface Clock {
  readonly n: number;
  readonly percentiles: readonly { percent: number; valueNs: number | null }[];
}

interface Calls {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly response: Clock;
  readonly service: Clock;
}

/** Returns a report's counts and percentiles, as text lists that fit on a line. */
export function reportSummary(json: string): object {
  const { results } = JSON.parse(json) as Report;
  return {
    verdict: results.verdict,
    thresholds: results.thresholds.map((t) => `${t.text}: ${t.state}, ${t.value}`),
    ...(results.capacity && { capacity: JSON.stringify(results.capacity).slice(0, 200) }),
    phases: results.phases.map((p) => `${p.name}: ${p.arrivals} - ${p.droppedArrivals}`),
    counters: nonZero(results.counters),
    errors: results.errors.map((error) => JSON.stringify(error)),
    lag: percentiles(results.lag),
    steps: results.steps.map(({ step, overall }) => ({
      step,
      outcomes: nonZero(overall.outcomes),
      response: percentiles(overall.response),
      service: percentiles(overall.service),
    })),
    faults: results.faults.map((f) => ({
      fault: `${f.fault}: ${f.fromNs} to ${f.toNs}`,
      steps: f.steps.map((s) => `${s.step}: ${nonZero(s.during.outcomes)}; ${s.recovery.state}`),
    })),
    edges: results.edges.map((e) => ({
      edge: `${e.caller} > ${e.callee} ${e.operation}: ${e.attempt.n}`,
      timeouts: e.timeouts.map((t) => t.timeoutNs),
    })),
    slowest: results.slowestCalls.map((c) => `${c.traceId} ${c.step} ${c.responseNs}`),
    spans: results.spans,
  };
}

function percentiles({ percentiles: list }: Clock): string {
  return list.map(({ percent, valueNs }) => `p${percent} ${valueNs}`).join(', ');
}

function nonZero(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
