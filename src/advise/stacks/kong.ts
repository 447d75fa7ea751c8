import { parse } from 'yaml';
import type { RetryOn } from '../call-policy.ts';
import { at, listAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, msText, pathPrefix, readNs, wholeMs } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

const UNSAFE_METHODS = ['POST', 'LOCK', 'PATCH'];

const CANNOT = [
  'retries counts those beyond the first attempt; without it there are five. They follow errors and timeouts of the connection, of POST, LOCK and PATCH failed connects alone, and never a 503.',
  'read_timeout is of each gap between bytes of one attempt. Nothing bounds a call with its attempts, and there is no backoff and no budget.',
  'host is the name of the callee, or of an upstream with its targets: tries go to others of them.',
];

/** Declarative configuration, a service for each operation; retries counts no first attempt. */
export const KONG: Stack = { name: 'kong', title: 'Kong', write, read };

function write({ edges, about }: StackExport): string {
  const content = { _format_version: '3.0', services: edges.map(serviceOf) };
  const comments = edges.map((edge, i) => ({
    path: ['services', i],
    lines: [
      edgeTitle(edge),
      ...edge.evidence,
      `all of the call ${msText(edge.policy.totalTimeoutNs)}: Kong has no key for it`,
      ...(edge.policy.retryOn === 'connect' && retriesOf(edge) === 0
        ? ['another try after a failed connect alone cannot be said of a method that Kong repeats']
        : []),
    ],
  }));
  return yamlText(content, { head: [...about, ...CANNOT], comments });
}

function serviceOf(edge: ExportedEdge) {
  const { key, callee, request, policy } = edge;
  const isGrpc = request.rpcService !== '';
  const { prefix } = pathPrefix(
    isGrpc ? `/${request.rpcService}/${request.rpcMethod}` : request.path,
  );
  return {
    name: key,
    protocol: isGrpc ? 'grpc' : 'http',
    host: callee,
    connect_timeout: wholeMs(policy.connectTimeoutNs),
    read_timeout: wholeMs(policy.attemptTimeoutNs),
    write_timeout: wholeMs(policy.attemptTimeoutNs),
    retries: retriesOf(edge),
    routes: [
      {
        name: key,
        ...(isGrpc && { protocols: ['grpc', 'grpcs'] }),
        paths: [prefix === '' ? '/' : prefix],
        ...(request.httpMethod !== '' && { methods: [request.httpMethod] }),
        strip_path: false,
      },
    ],
  };
}

function retriesOf({ policy, request }: ExportedEdge): number {
  const isSafe = UNSAFE_METHODS.includes(request.httpMethod) || request.rpcService !== '';
  switch (policy.retryOn) {
    case 'nothing':
      return 0;
    case 'connect':
      return isSafe ? policy.attempts - 1 : 0;
    case 'transient':
      return policy.attempts - 1;
  }
}

function read(text: string): readonly StackPolicy[] {
  return listAt(parse(text), 'services').map((service) => {
    const attempts = 1 + Number(at(service, 'retries') ?? 5);
    const method = textOf(at(service, 'routes', 0, 'methods', 0));
    const isSafe = UNSAFE_METHODS.includes(method) || at(service, 'protocol') === 'grpc';
    const connectTimeoutNs = readNs(at(service, 'connect_timeout'));
    const attemptTimeoutNs = readNs(at(service, 'read_timeout'));
    const again: RetryOn = isSafe ? 'connect' : 'transient';
    return {
      key: textOf(at(service, 'name')),
      attempts,
      retryOn: attempts === 1 ? 'nothing' : again,
      ...(connectTimeoutNs !== undefined && { connectTimeoutNs }),
      ...(attemptTimeoutNs !== undefined && { attemptTimeoutNs }),
    };
  });
}
