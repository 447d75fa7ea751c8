import type { Tuning } from '../../advise/index.ts';
import { recommendedPolicy } from '../../advise/recommended-policy.ts';
import { HarnessError } from '../../core/index.ts';
import type { ScenarioWithFiles, StepSpec } from '../../scenario/index.ts';
import type { TriedPolicies } from '../../scenario/with-policies.ts';
import { policyText } from '../stored/policy-text.ts';

/** What is tried, and the same for people by step. */
export interface TriedRecommendations extends TriedPolicies {
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Returns what is recommended for the steps of a scenario: callgauge's own calls. What services do
 * is theirs.
 * @throws SAMPLE_TOO_SMALL where no step has a recommendation
 */
export function triedPolicies(
  { edges }: Pick<Tuning, 'edges'>,
  { flows }: Pick<ScenarioWithFiles, 'flows'>,
): TriedRecommendations {
  const steps = new Map(flows.flatMap((flow) => flow.steps.map((step) => [step.name, step])));
  const found = edges.flatMap(({ kind, callee, operation, policy, protection, request }) => {
    const step = steps.get(operation);
    if (kind !== 'harness' || policy === undefined || step?.target !== callee) return [];
    const asked = { ...request, ...protocolOf(step) };
    const advice = { policy, ...(protection && { protection }), request: asked };
    const tried = recommendedPolicy(`tuned ${operation}`, advice);
    return [{ operation, callee, connectTimeoutNs: policy.connectTimeoutNs, step, tried }];
  });
  if (found.length === 0) {
    throw new HarnessError(
      'SAMPLE_TOO_SMALL',
      'no step of the run has a timeout that could be verified',
      { hint: 'callgauge tune says how many more attempts it takes.' },
    );
  }
  const connects = Map.groupBy(found, ({ callee }) => callee);
  return {
    steps: new Map(found.map(({ operation, tried }) => [operation, tried])),
    connectTimeoutsNs: new Map(
      [...connects].map(([target, own]) => [
        target,
        Math.max(...own.map((one) => Math.round(one.connectTimeoutNs))),
      ]),
    ),
    texts: new Map(
      found.map(({ operation, step, tried }) => [operation, policyText(tried, step.statusNames)]),
    ),
  };
}

/** Of a run that kept no span of a step, the scenario knows what it is. */
function protocolOf({ call }: StepSpec): { httpMethod: string; rpcService: string } {
  return call.protocol === 'grpc'
    ? { httpMethod: '', rpcService: 'grpc' }
    : { httpMethod: call.method, rpcService: '' };
}
