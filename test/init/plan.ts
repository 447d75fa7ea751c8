import { planOfOperations, validSteps, type FirstPlan } from '../../src/init/index.ts';
import { operationsOf, readDescription, serverUrls } from '../../src/openapi/index.ts';

/** Everything that a description has, whatever its method. */
export const ALL_METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'];

/** Returns the plan of a description, and what it leaves out, `ORIGIN: reason` each. */
export function planOf(
  text: string,
  { methods = ['GET'], tags = [], paths = [] }: Partial<Record<string, readonly string[]>> = {},
): { readonly plan: FirstPlan; readonly skipped: readonly string[] } {
  const description = readDescription(text, 'api.yaml');
  const { operations, skipped } = operationsOf(description, {
    ...{ methods, tags, paths },
    readFrom: undefined,
  });
  const made = planOfOperations(operations, {
    title: description.title,
    from: `api.yaml (${description.dialect})`,
    url: serverUrls(description, undefined)[0] ?? 'http://127.0.0.1:8080',
  });
  const { valid, invalid } = validSteps(made);
  return {
    plan: { ...made, steps: valid, ratePerSec: 50 },
    skipped: [
      ...skipped.map(({ method, template, reason }) => `${method} ${template}: ${reason}`),
      ...invalid.map(({ step, reason }) => `${step.origin}: ${reason}`),
    ],
  };
}
