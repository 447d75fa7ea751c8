import { invariant, requestUrlOf, socketPathOf } from '../core/index.ts';
import type { CallEndpoint } from '../export/opentelemetry/index.ts';
import { kindNamed, type Scenario, type StepSpec } from '../scenario/index.ts';

const FROM_ENVIRONMENT = /\$\{env\.[^}]*\}/gu;

/**
 * Returns where the calls of each step go, by the step's name, as spans may show it: the targets'
 * urls are those of `resolved`, while a part of a path that comes from the environment, and may be
 * a secret, gives way to REDACTED.
 */
export function stepEndpoints(
  resolved: Pick<Scenario, 'targets'>,
  asWritten: Pick<Scenario, 'setup' | 'flows' | 'teardown'>,
): ReadonlyMap<string, CallEndpoint> {
  const urls = new Map(
    resolved.targets.map(({ name, url, endpoints = [] }) => [name, [url, ...endpoints]]),
  );
  const { setup, flows, teardown } = asWritten;
  const steps = [setup, ...flows, teardown].flatMap((flow) => flow?.steps ?? []);
  return new Map(
    steps.map((step) => {
      const [first, ...others] = (urls.get(step.target) ?? []).map((url) =>
        stepEndpoint(step, url),
      );
      invariant(first !== undefined, `target ${step.target} is one of the scenario's`);
      return [step.name, { ...first, ...(others.length > 0 && { others }) }];
    }),
  );
}

/** Returns where the calls of a step go at one address of its target. */
function stepEndpoint({ call, statusNames, tags }: StepSpec, base: string): CallEndpoint {
  const path = call.request.path.replace(FROM_ENVIRONMENT, 'REDACTED');
  // A path that is one reference alone is not known here.
  const socketPath = socketPathOf(base);
  const whole = socketPath === undefined ? base : (requestUrlOf(base)?.href ?? base);
  const url = `${whole.replace(/\/$/u, '')}${path.startsWith('/') ? '' : '/'}${path}`;
  const { spans } = kindNamed(call.protocol);
  return {
    url,
    ...(socketPath !== undefined && { socketPath }),
    attributes: spans.attributes(call, url),
    statusAttribute: spans.statusAttribute,
    ...(statusNames && { statusNames }),
    ...(tags && { tags }),
  };
}
