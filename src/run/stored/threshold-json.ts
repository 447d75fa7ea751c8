import type { JsonValue } from '../../core/index.ts';
import type { BaselineLimit, TagSelector, ThresholdSpec } from '../../scenario/index.ts';
import { OPERATORS } from '../../scenario/threshold.ts';
import { aggregateKindOf } from '../../scenario/threshold-aggregates.ts';
import { THRESHOLD_METRICS } from '../../scenario/threshold-metrics.ts';
import { UNITS_OF_CALLS } from '../../scenario/threshold-selectors.ts';

const WHEN_INCONCLUSIVE = ['fail', 'pass', 'extend'] as const;

/** Returns a threshold as a plan keeps it. */
export function thresholdJson(threshold: ThresholdSpec): unknown {
  const { text, step, steps, edge, metric, phase, target, tag, fault, healthy } = threshold;
  const { phases, of, aggregate, overNs, operator, limit } = threshold;
  const { kind } = aggregate;
  return {
    text,
    step,
    steps,
    edge: edge && { ...edge },
    metric,
    phase,
    phases,
    target,
    tag: tag && { ...tag },
    fault,
    healthy,
    of,
    aggregate: { kind, ...(kind === 'percentile' && { percent: aggregate.percent }) },
    overNs,
    operator,
    abortOnFail: threshold.abortOnFail && { ...threshold.abortOnFail },
    whenInconclusive: threshold.whenInconclusive,
    ...(typeof limit === 'number' ? { limit } : { baseline: { ...limit } }),
  };
}

/** @throws RUN_PLAN_UNREADABLE for what is no threshold */
export function readThreshold(json: JsonValue): ThresholdSpec {
  const aggregate = json.get('aggregate');
  const kind = aggregate.get('kind').known(aggregateKindOf, 'an aggregate');
  return {
    text: json.get('text').text(),
    step: json.get('step').text(),
    ...(json.has('steps') && { steps: json.get('steps').list((step) => step.text()) }),
    ...(json.has('edge') && { edge: readEdge(json.get('edge')) }),
    metric: json.get('metric').oneOf(THRESHOLD_METRICS),
    phase: json.get('phase').text(),
    ...(json.has('phases') && { phases: json.get('phases').list((phase) => phase.text()) }),
    ...(json.has('target') && { target: json.get('target').text() }),
    ...(json.has('tag') && { tag: readTag(json.get('tag')) }),
    ...(json.has('fault') && { fault: json.get('fault').text() }),
    ...(json.has('healthy') && { healthy: true as const }),
    ...(json.has('of') && { of: json.get('of').oneOf(UNITS_OF_CALLS) }),
    aggregate:
      kind === 'percentile' ? { kind, percent: aggregate.get('percent').number() } : { kind },
    ...(json.has('overNs') && { overNs: json.get('overNs').number() }),
    operator: json.get('operator').oneOf(OPERATORS),
    ...(json.has('abortOnFail') && {
      abortOnFail: { delayNs: json.get('abortOnFail').get('delayNs').number() },
    }),
    ...(json.has('whenInconclusive') && {
      whenInconclusive: json.get('whenInconclusive').oneOf(WHEN_INCONCLUSIVE),
    }),
    limit: json.has('baseline') ? readRelative(json.get('baseline')) : json.get('limit').number(),
  };
}

function readEdge(json: JsonValue): NonNullable<ThresholdSpec['edge']> {
  return {
    caller: json.get('caller').text(),
    callee: json.get('callee').text(),
    operation: json.get('operation').text(),
  };
}

function readTag(json: JsonValue): TagSelector {
  return {
    name: json.get('name').text(),
    ...(json.has('value') && { value: json.get('value').text() }),
  };
}

function readRelative(json: JsonValue): BaselineLimit {
  return { factor: json.get('factor').number(), offset: json.get('offset').number() };
}
