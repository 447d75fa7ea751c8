import { invariant } from '../../core/index.ts';
import type { CallEndpoint } from '../../export/opentelemetry/index.ts';
import type { Scenario } from '../../scenario/index.ts';

/** Returns where the calls of each step go, by the step's name; the targets' urls are resolved. */
export function stepEndpoints(scenario: Scenario): ReadonlyMap<string, CallEndpoint> {
  const urls = new Map(scenario.targets.map(({ name, url }) => [name, url]));
  const steps = scenario.flows.flatMap((flow) => flow.steps);
  return new Map(
    steps.map(({ name, target, http }) => {
      const base = urls.get(target);
      invariant(base !== undefined, `target ${target} is one of the scenario's`);
      return [name, { method: http.method, url: base.replace(/\/$/u, '') + http.path }];
    }),
  );
}
