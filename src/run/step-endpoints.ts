import { invariant, requestUrlOf, socketPathOf } from '../core/index.ts';
import type { CallEndpoint } from '../export/opentelemetry/index.ts';
import { kindNamed, type Scenario } from '../scenario/index.ts';

const FROM_ENVIRONMENT = /\$\{env\.[^}]*\}/gu;

/**
 * Returns where the calls of each step go, by the step's name, as spans may show it: the targets'
 * urls are those of `resolved`, while a part of a path that comes from the environment, and may be
 * a secret, gives way to REDACTED.
 */
export function stepEndpoints(
  resolved: Pick<Scenario, 'targets'>,
  asWritten: Pick<Scenario, 'flows'>,
): ReadonlyMap<string, CallEndpoint> {
  const urls = new Map(resolved.targets.map(({ name, url }) => [name, url]));
  const steps = asWritten.flows.flatMap((flow) => flow.steps);
  return new Map(
    steps.map(({ name, target, call, statusNames, tags }) => {
      const base = urls.get(target);
      invariant(base !== undefined, `target ${target} is one of the scenario's`);
      const path = call.request.path.replace(FROM_ENVIRONMENT, 'REDACTED');
      // A path that is one reference alone is not known here.
      const socketPath = socketPathOf(base);
      const whole = socketPath === undefined ? base : (requestUrlOf(base)?.href ?? base);
      const url = `${whole.replace(/\/$/u, '')}${path.startsWith('/') ? '' : '/'}${path}`;
      const { spans } = kindNamed(call.protocol);
      const endpoint: CallEndpoint = {
        url,
        ...(socketPath !== undefined && { socketPath }),
        attributes: spans.attributes(call, url),
        statusAttribute: spans.statusAttribute,
        ...(statusNames && { statusNames }),
        ...(tags && { tags }),
      };
      return [name, endpoint];
    }),
  );
}
