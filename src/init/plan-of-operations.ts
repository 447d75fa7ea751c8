import type { Operation } from '../openapi/index.ts';
import { Names, scenarioName, type FirstPlan, type FirstStep } from './first-plan.ts';

/** Names listed in a remark. */
const LISTED_MAX = 6;

export interface DescribedApi {
  readonly title: string;
  readonly from: string;
  /** The url that all paths are behind. */
  readonly url: string;
}

/** Returns the plan of a scenario with a step for each operation, in their order. */
export function planOfOperations(
  operations: readonly Operation[],
  { title, from, url }: DescribedApi,
): Omit<FirstPlan, 'ratePerSec'> {
  const stepNames = new Names();
  const targetNames = new Names();
  const targets = new Map([[url, targetNames.nearest(title, 'api')]]);
  const steps = operations.map((operation): FirstStep => {
    const { id, method, template, server = url } = operation;
    const target = targets.get(server) ?? targetNames.nearest(new URL(server).hostname, 'api');
    targets.set(server, target);
    return {
      name: stepNames.nearest(id ?? `${method.toLowerCase()}-${template}`, 'call'),
      target,
      method,
      path: operation.path,
      headers: operation.headers,
      body: operation.body,
      statuses: operation.statuses,
      origin: `${method} ${template}`,
      remarks: remarksOf(operation),
      variables: operation.variables,
    };
  });
  const used = new Set(steps.map(({ target }) => target));
  return {
    name: scenarioName(title),
    from,
    targets: [...targets]
      .map(([address, name]) => ({ name, url: address }))
      .filter(({ name }) => used.has(name)),
    steps,
  };
}

function remarksOf({ ids, made, optional, variables }: Operation): readonly string[] {
  return [
    ...(ids.length > 0 ? [`set what is there: ${listed(ids)}`] : []),
    ...(made.length > 0 ? [`made up, by the schema alone: ${listed(made)}`] : []),
    ...(optional.length > 0 ? [`not sent, since it need not be: ${listed(optional)}`] : []),
    ...(variables.length > 0 ? [`wants the environment variable ${listed(variables)}`] : []),
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length - LISTED_MAX;
  const shown = names.slice(0, LISTED_MAX).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
