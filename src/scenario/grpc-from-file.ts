import { NS_PER_SEC, type Ns } from '../core/index.ts';
import type { GrpcFile } from './file/grpc.ts';
import type { ScenarioFile } from './file/scenario-file.ts';
import type { GrpcCallSpec, StepSpec } from './flow-spec.ts';
import { entriesIn } from './flow-walk.ts';
import { requestFrom } from './request-from.ts';
import type { GrpcTargetSpec, TargetSpec } from './scenario.ts';
import { valueAt } from './select.ts';
import { jsonTemplate, readTemplate } from './template.ts';

/** The bound of a call whose step says none. */
export const TIMEOUT_DEFAULT_NS: Ns = 10 * NS_PER_SEC;

/**
 * Returns the gRPC part of a step, and its call as the request that carries it: a POST of the method's
 * path with the metadata as headers, whose body is the JSON text of the message or of their list.
 */
export function grpcCall(file: GrpcFile): Required<Pick<StepSpec, 'grpc' | 'http'>> {
  const [service, method] = methodParts(file.method);
  const written = file.messages ?? file.message ?? {};
  const grpc: GrpcCallSpec = {
    service,
    method,
    written,
    isList: file.messages !== undefined,
    repeat: file.repeat ?? 1,
    everyNs: file.every ?? 0,
    pairs: file.answers === 'each',
    take: file.take ?? Infinity,
    forNs: file.for ?? Infinity,
    ...(file.deadline !== undefined && { deadlineNs: file.deadline }),
  };
  const http = requestFrom('POST', {
    path: [`/${service}/${method}`],
    headers: Object.entries(file.metadata).map(([name, value]) => {
      return [name, readTemplate(value, 'header').template] as const;
    }),
    body: jsonTemplate(written),
  });
  return { grpc, http };
}

/** Returns the bound of a call: the shorter of timeout and deadline; what is to last longer, does. */
export function grpcTimeoutNs(timeoutNs: Ns | undefined, file: GrpcFile): Ns {
  const lastsNs = file.for === undefined ? 0 : file.for;
  const boundNs = timeoutNs ?? file.deadline ?? TIMEOUT_DEFAULT_NS + lastsNs;
  return Math.min(boundNs, file.deadline ?? Infinity);
}

/** Returns what is said of gRPC of a target of the file. It speaks it where a step calls it so. */
export function grpcTargetOf(
  name: string,
  file: ScenarioFile,
): Pick<TargetSpec, 'protocol' | 'grpc'> {
  const { protocol, grpc } = file.targets[name] ?? {};
  if (!isGrpcTarget(name, file)) return protocol ? { protocol } : {};
  const spec: GrpcTargetSpec =
    grpc?.proto === undefined
      ? { reflection: true }
      : {
          reflection: false,
          proto: grpc.proto,
          importPaths: grpc.importPaths ?? defaultPaths(grpc.proto),
        };
  return { protocol: 'grpc', grpc: spec };
}

/** Returns whether a target speaks gRPC: it says so, or a step calls it so. */
export function isGrpcTarget(name: string, file: ScenarioFile): boolean {
  const { protocol, grpc } = file.targets[name] ?? {};
  if (protocol !== undefined) return protocol === 'grpc';
  const { flows, setup, teardown } = file;
  const lists = [...Object.values(flows), setup, teardown];
  return (
    grpc !== undefined ||
    lists
      .flatMap((list) => entriesIn(list))
      .some(
        ({ value }) =>
          valueAt(value, ['target']) === name && valueAt(value, ['grpc']) !== undefined,
      )
  );
}

/** `shop.Orders/Create`, `/shop.Orders/Create` and `shop.Orders.Create` are the same. */
function methodParts(text: string): readonly [service: string, method: string] {
  const [, service = '', method = ''] = /^\/?(.+)[/.]([^/.]+)$/u.exec(text) ?? [];
  return [service, method];
}

function defaultPaths(proto: readonly string[]): readonly string[] {
  const folders = proto.map((path) => /^(.*)\/[^/]*$/u.exec(path)?.[1] ?? '.');
  return [...new Set([...folders, '.'])];
}
