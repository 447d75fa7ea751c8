import type { EdgeAdvice, TimeoutAdvice, TimeoutRecommendation } from '../../advise/index.ts';
import type {
  CallSummary,
  ClockSummary,
  Dependence,
  DialAnalysis,
  EdgeAnalysis,
  PhaseAnalysis,
  PolicySummary,
  QuantileEstimate,
  Recovery,
  RunAnalysis,
} from '../../analyze/index.ts';
import type { ThresholdResult } from '../../gate/index.ts';
import type { ServiceEnd } from '../../core/index.ts';
import { comparisonJson } from '../comparison/comparison-json.ts';
import { tellingLine } from '../telling-line.ts';
import { whyJson } from '../why/why-json.ts';
import { abVerdict } from '../ab-verdict.ts';
import { abJson } from './ab-json.ts';
import { capacityJson } from './capacity-json.ts';
import type { RunReport } from '../run-report.ts';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const REPORT_VERSION = 2;

/**
 * Returns the report as JSON text, indented by two, with a line end. Fields are in a fixed order
 * and one stored run always gives the same text; docs/reference/report-json.md says what each
 * means. What is not known is null, never a missing field or a number that stands for something
 * else.
 */
export function renderJson(report: RunReport): string {
  const { analysis, verdict } = report;
  const { run } = analysis;
  const whole = {
    version: REPORT_VERSION,
    metadata: {
      runId: run.runId,
      scenario: run.scenario,
      status: run.status,
      partial: analysis.partial,
      loadEnd: run.loadEnd ?? null,
      startedAt: new Date(run.startedEpochMs).toISOString(),
      endedAt: run.endedEpochMs > 0 ? new Date(run.endedEpochMs).toISOString() : null,
      harnessVersion: run.harnessVersion,
      environment: sorted(run.environment),
      targets: sorted(run.targets ?? {}),
      storedAt: report.storedAt,
      notStored: report.notStored ?? null,
    },
    config: { seed: run.seed, scenarioSource: run.source },
    results: {
      verdict: verdict.outcome,
      invalid: verdict.invalid ?? null,
      lackOfSuccess: verdict.lackOfSuccess ?? null,
      serviceEnds: (run.serviceEnds ?? []).map(serviceEndJson),
      thresholds: verdict.thresholds.map(thresholdJson),
      comparison: report.comparison ? comparisonJson(report.comparison) : null,
      why: report.why ? whyJson(report.why) : null,
      ...(report.capacity && { capacity: capacityJson(report.capacity) }),
      ...(report.ab && { ab: abJson(report.ab, abVerdict(report) ?? 'inconclusive') }),
      measuredNs: analysis.measuredNs,
      phases: analysis.phases.map(phaseJson),
      counters: analysis.counters,
      errors: analysis.errors,
      edgeErrors: analysis.edgeErrors,
      lag: clockJson(analysis.lag),
      generator: { ...generatorJson(analysis), rowsEnd: report.rowsEnd ?? null },
      steps: analysis.steps.map((s) => ({
        step: s.step,
        target: s.target,
        tags: report.tags.get(s.step) ?? {},
        okStatuses: report.okStatuses.get(s.step) ?? null,
        statuses: s.statuses,
        overall: callsJson(s.overall),
        parts: {
          wait: clockJson(s.parts.wait),
          firstByte: clockJson(s.parts.firstByte),
          body: clockJson(s.parts.body),
          message: clockJson(s.parts.message),
        },
        phases: s.phases.map((p) => ({ phase: p.phase, ...callsJson(p.summary) })),
        policy: s.policy ? policyJson(s.policy, report.policies.get(s.step)) : null,
      })),
      faults: faultsJson(analysis),
      healthy: analysis.healthy,
      edges: analysis.edges.map((edge, i) => edgeJson(edge, report.advice.edges[i])),
      connects: connectsJson(analysis, report.advice),
      dials: analysis.dials.map(dialJson),
      slowestCalls: analysis.slowestCalls,
      spans: analysis.spans,
      served: analysis.served,
    },
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function serviceEndJson({ service, code, signal, atNs, lastOutput }: ServiceEnd): object {
  return { service, code, signal, atNs, lastLine: tellingLine(lastOutput), lastOutput };
}

function baselineJson(terms: NonNullable<ThresholdResult['baseline']>): object {
  return { ...terms, value: terms.value ?? null, by: terms.by ?? null };
}

function thresholdJson(threshold: ThresholdResult): object {
  return {
    text: threshold.text,
    state: threshold.state,
    countsAs: threshold.countsAs ?? null,
    operator: threshold.operator,
    limit: threshold.limit ?? null,
    baseline: threshold.baseline ? baselineJson(threshold.baseline) : null,
    stretch: threshold.stretch ?? null,
    unit: threshold.unit,
    value: threshold.value ?? null,
    lowerBound: threshold.lowerBound ?? null,
    atLeast: threshold.atLeast,
    interval: threshold.interval ?? null,
    n: threshold.n,
    neededN: threshold.neededN ?? null,
    reason: threshold.reason,
  };
}

function phaseJson(phase: PhaseAnalysis): object {
  return {
    name: phase.name,
    model: phase.model,
    measured: phase.measured,
    fromNs: phase.fromNs,
    toNs: phase.toNs,
    ranNs: phase.ranNs,
    wantedArrivals: phase.wantedArrivals ?? null,
    arrivals: phase.arrivals,
    droppedArrivals: phase.droppedArrivals,
    lag: clockJson(phase.lag),
  };
}

function generatorJson({ generator, counters }: RunAnalysis): object {
  return {
    wantedArrivals: generator.wantedArrivals ?? null,
    arrivals: counters.arrivals,
    droppedArrivals: counters.droppedArrivals,
    lateNs: generator.lateNs,
    lateArrivals: generator.lateArrivals,
    lateRatio: generator.lateRatio,
    steps: generator.steps.map(({ step, corrected, added }) => ({
      step,
      corrected: clockJson(corrected),
      added,
    })),
    uncertainty: clockJson(generator.uncertainty),
    thread: generator.thread ?? null,
  };
}

function callsJson(calls: CallSummary): object {
  return {
    calls: calls.calls,
    outcomes: calls.outcomes,
    errors: calls.errors,
    errorRatio: calls.errorRatio,
    timeoutRatio: calls.timeoutRatio,
    achievedPerSec: calls.achievedPerSec,
    response: clockJson(calls.response),
    service: clockJson(calls.service),
  };
}

/** Of a step without a policy whose target has several endpoints the name and the text are null. */
function policyJson(
  policy: PolicySummary,
  planned: { readonly name: string; readonly text: string } | undefined,
): object {
  const { breaker, endpoints, ...counts } = policy;
  return {
    name: planned?.name ?? null,
    text: planned?.text ?? null,
    ...counts,
    breaker: breaker ?? null,
    endpoints,
  };
}

/** The histograms stay in the store: a report of megabytes helps nobody. */
function clockJson(clock: ClockSummary): object {
  const known = clock.n > 0;
  return {
    n: clock.n,
    censored: clock.censored,
    minNs: known ? clock.minNs : null,
    meanNs: known ? clock.meanNs : null,
    maxNs: known ? clock.maxNs : null,
    maxAtLeast: clock.maxAtLeast,
    percentiles: clock.percentiles.map((estimate, i) =>
      quantileJson(estimate, clock.dependence[i]),
    ),
  };
}

function quantileJson(estimate: QuantileEstimate, dependence: Dependence | undefined): object {
  const known = estimate.kind === 'known' ? estimate : undefined;
  const refused = estimate.kind === 'refused' ? estimate : undefined;
  return {
    percent: estimate.percent,
    valueNs: known?.valueNs ?? null,
    atLeast: known?.atLeast ?? false,
    lowerNs: known?.lowerNs ?? refused?.lowerBoundNs ?? null,
    upperNs: known?.upperNs ?? null,
    upperAtLeast: known?.upperAtLeast ?? false,
    designEffect: estimate.designEffect,
    designEffectFrom: dependence?.from ?? 'seconds',
    neededN: refused?.neededN ?? null,
  };
}

function faultsJson({ faults }: RunAnalysis): readonly object[] {
  return faults.map(({ window, steps }) => ({
    fault: window.fault,
    placeKind: window.placeKind,
    place: window.place,
    effect: window.effect,
    attributes: sorted(window.attributes),
    fromNs: window.fromNs,
    toNs: window.toNs,
    steps: steps.map(({ step, before, during, after, dropped, recovery }) => ({
      step,
      before: callsJson(before),
      during: callsJson(during),
      after: callsJson(after),
      dropped: { before: dropped.before, during: dropped.during, after: dropped.after },
      recovery: recoveryJson(recovery),
    })),
  }));
}

function recoveryJson(recovery: Recovery): object {
  const { kind } = recovery;
  const back = kind === 'recovered' || kind === 'unconfirmed' ? recovery : undefined;
  const watched = kind === 'not-recovered' || kind === 'unconfirmed' ? recovery : undefined;
  return {
    state: recovery.kind,
    percent: recovery.kind === 'not-measurable' ? null : recovery.percent,
    atLeastNs: back?.atLeastNs ?? null,
    atMostNs: back?.atMostNs ?? null,
    watchedNs: watched?.watchedNs ?? null,
    limitNs: recovery.kind === 'not-measurable' ? null : recovery.limitNs,
    reason: recovery.kind === 'not-measurable' ? recovery.reason : null,
  };
}

function edgeJson(edge: EdgeAnalysis, advice: EdgeAdvice | undefined): object {
  return {
    kind: edge.kind,
    caller: edge.caller,
    callee: edge.callee,
    operation: edge.operation,
    failed: edge.failed,
    ratePerSec: edge.ratePerSec,
    attempt: clockJson(edge.attempt),
    timeouts: (advice?.timeouts ?? []).map(timeoutJson),
  };
}

function connectsJson(analysis: RunAnalysis, advice: TimeoutAdvice): readonly object[] {
  return analysis.connects.map(({ target, connect, dns, tcp, tls }, i) => ({
    target,
    connect: clockJson(connect),
    dns: clockJson(dns),
    tcp: clockJson(tcp),
    tls: clockJson(tls),
    timeouts: advice.connects.slice(i, i + 1).map((c) => timeoutJson(c.timeout)),
  }));
}

function dialJson({ target, opened, failed, failedRatio, reasons }: DialAnalysis): object {
  return { target, opened, failed, failedRatio, reasons };
}

function timeoutJson(timeout: TimeoutRecommendation): object {
  const known = timeout.kind === 'recommended' ? timeout : undefined;
  const refused = timeout.kind === 'refused' ? timeout : undefined;
  return {
    successPercent: timeout.successPercent,
    timeoutNs: known?.timeoutNs ?? null,
    upperBoundNs: known?.upperBoundNs ?? null,
    p50Ns: known?.p50Ns ?? null,
    tailCount: timeout.tailCount,
    grade: known?.grade ?? null,
    refused: refused?.reason ?? null,
    neededN: refused?.neededN ?? null,
    neededIsBound: refused?.neededIsBound ?? null,
    neededNs: refused?.neededNs ?? null,
  };
}

function sorted(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
