import { HarnessError, invariant } from '../core/index.ts';
import type { FlowSpec, StepSpec } from './flow-spec.ts';
import { isFilePart, requestFrom, templatesOf, type FilePart } from './request-spec.ts';
import type { Scenario } from './scenario.ts';

/**
 * Returns the scenario with the bytes of the files that its steps send.
 * @throws SCENARIO_INVALID for a file that holds the boundary between the parts of its body.
 */
export function withBodyFiles<S extends Scenario>(
  scenario: S,
  bodies: ReadonlyMap<string, Uint8Array>,
): S {
  if (bodies.size === 0) return scenario;
  const { setup, flows, teardown } = scenario;
  const ofFlow = (flow: FlowSpec): FlowSpec => ({
    ...flow,
    steps: flow.steps.map((step) => ofStep(step, bodies, scenario)),
  });
  return {
    ...scenario,
    flows: flows.map(ofFlow),
    ...(setup && { setup: ofFlow(setup) }),
    ...(teardown && { teardown: ofFlow(teardown) }),
  };
}

function ofStep(
  step: StepSpec,
  bodies: ReadonlyMap<string, Uint8Array>,
  { source }: Scenario,
): StepSpec {
  const { call, name } = step;
  const { parts, ...templates } = templatesOf(call.request);
  if (parts === undefined) return step;
  const read = parts.map((part): typeof part => {
    if (!isFilePart(part)) return part;
    const bytes = bodies.get(part.file);
    invariant(bytes !== undefined, `the file ${part.file} was read`);
    refuseBoundary({ ...part, bytes }, `step ${name}, ${source.file}`);
    return { ...part, bytes };
  });
  return { ...step, call: { ...call, request: requestFrom({ ...templates, parts: read }) } };
}

function refuseBoundary({ file, bytes, without }: FilePart, location: string): void {
  if (without === undefined || bytes === undefined) return;
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(without)) return;
  throw new HarnessError(
    'SCENARIO_INVALID',
    `${file} holds the boundary ${without} of its body (${location})`,
    { hint: 'Change the seed, or the name of the step: the boundary follows from both.' },
  );
}
