import { allEntries } from '../flow-walk.ts';
import type { Problem } from '../problem.ts';
import { select, selectTexts } from '../select.ts';

/** Returns a problem for every step whose target speaks another protocol than it does. */
export function grpcProblems(file: unknown): Problem[] {
  const steps = allEntries(file).flatMap(({ value, path }) =>
    selectTexts(value, ['target']).map((target) => ({
      target: target.value,
      path: [...path, 'target'],
      isGrpc: select(value, ['grpc']).length > 0,
      isHttp: select(value, ['http']).length > 0,
    })),
  );
  return steps.flatMap(({ target, path, isGrpc, isHttp }): Problem[] => {
    const [given] = selectTexts(file, ['targets', target, 'protocol']);
    const saysGrpc =
      given?.value === 'grpc' || select(file, ['targets', target, 'grpc']).length > 0;
    if (isGrpc && given !== undefined && given.value !== 'grpc') {
      const message = `a step with grpc calls the target "${target}", whose protocol is ${given.value}`;
      return [{ path, part: 'value', message, hint: `Write protocol: grpc under ${target}.` }];
    }
    const isCalledByGrpc = steps.some((other) => other.isGrpc && other.target === target);
    if (!isHttp || !(saysGrpc || (isCalledByGrpc && given === undefined))) return [];
    const message = `a step with http calls the target "${target}", which speaks gRPC`;
    const hint = 'Name the same url under a target of its own for the steps with http.';
    return [{ path, part: 'value', message, hint }];
  });
}
