import { invariant } from '../../core/index.ts';
import type { CallEndpoint } from '../../export/opentelemetry/index.ts';
import type { Scenario } from '../../scenario/index.ts';

const FROM_ENVIRONMENT = /\$\{env\.[^}]*\}/gu;

/**
 * Returns where the calls of each step go, by the step's name, as spans may show it: the targets'
 * urls are those of `resolved`, while a part of a path that comes from the environment, and may be
 * a secret, gives way to REDACTED.
 */
export function stepEndpoints(
  resolved: Scenario,
  asWritten: Scenario,
): ReadonlyMap<string, CallEndpoint> {
  const urls = new Map(resolved.targets.map(({ name, url }) => [name, url]));
  const steps = asWritten.flows.flatMap((flow) => flow.steps);
  return new Map(
    steps.map(({ name, target, http, grpc, tags }) => {
      const base = urls.get(target);
      invariant(base !== undefined, `target ${target} is one of the scenario's`);
      const path = http.path.replace(FROM_ENVIRONMENT, 'REDACTED');
      // A path that is one reference alone is not known here.
      const url = `${base.replace(/\/$/u, '')}${path.startsWith('/') ? '' : '/'}${path}`;
      const rpc = grpc && { service: grpc.service, method: grpc.method };
      return [name, { method: http.method, url, ...(tags && { tags }), ...(rpc && { rpc }) }];
    }),
  );
}
