import { HarnessError, type Ns } from '../core/index.ts';
import type { PolicySpec } from '../resilience/index.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { StepSpec } from './flow-spec.ts';
import type { ScenarioWithFiles } from './ready-scenario.ts';
import type { EngineSpec } from './scenario.ts';

/** What callers are to try. */
export interface TriedPolicies {
  /** By the step's name; in place of what it has, but for its fallback. */
  readonly steps: ReadonlyMap<string, PolicySpec>;
  /** By the target's name. */
  readonly connectTimeoutsNs: ReadonlyMap<string, Ns>;
}

/**
 * Returns a scenario as it is and with other policies, both to be measured. Nothing else differs:
 * seed, load and faults are the scenario's. Neither has thresholds, which would end or lengthen one
 * of the two; both send from one thread where the scenario leaves that open, as one with a policy
 * does. Their names are no scenario's, so that they are in no history of it.
 * @throws USAGE_INVALID for a load whose rate follows what the target answers
 */
export function withPolicies(
  scenario: ScenarioWithFiles,
  tried: TriedPolicies,
): { readonly before: ScenarioWithFiles; readonly after: ScenarioWithFiles } {
  for (const phase of scenario.load) {
    if (phase.capacity === undefined && phase.saturate === undefined) continue;
    const what = phase.capacity ? 'searches for a capacity' : 'saturates its target';
    throw new HarnessError(
      'USAGE_INVALID',
      `the phase ${phase.name} ${what}: before and after it would be another load`,
      { hint: 'Verify by a run of a load at a rate, or of users.' },
    );
  }
  const { gate: _gate, ...rest } = scenario;
  const measured: ScenarioWithFiles = {
    ...rest,
    thresholds: [],
    engine: oneThread(scenario.engine),
  };
  const after = {
    ...measured,
    targets: scenario.targets.map((target) => {
      const connectTimeoutNs = tried.connectTimeoutsNs.get(target.name);
      return connectTimeoutNs === undefined ? target : { ...target, connectTimeoutNs };
    }),
    flows: scenario.flows.map((flow) => ({
      ...flow,
      steps: flow.steps.map((step) => stepWith(step, tried.steps.get(step.name))),
    })),
  };
  return {
    before: deepFreeze({ ...measured, name: `${scenario.name}@before` }),
    after: deepFreeze({ ...after, name: `${scenario.name}@after` }),
  };
}

function oneThread(engine: EngineSpec): EngineSpec {
  return engine.workers === 'auto' ? { ...engine, workers: 1 } : engine;
}

function stepWith(step: StepSpec, policy: PolicySpec | undefined): StepSpec {
  if (policy === undefined) return step;
  const { fallback } = step.policy ?? {};
  return { ...step, policy: { ...policy, ...(fallback && { fallback }) } };
}
