import { GRPC_STATUSES } from '../../core/index.ts';
import { toxicKind } from '../toxic-kind.ts';

const CODES = GRPC_STATUSES.map((_, code) => String(code));

export const grpcAbort = toxicKind({
  type: 'grpc_abort',
  description: 'Ends a gRPC call with a status; the upstream never sees it.',
  works: 'request',
  settings: {
    status: {
      kind: 'enum',
      name: 'status',
      values: [...GRPC_STATUSES, ...CODES],
      default: 'UNAVAILABLE',
      description: 'The status by its name, or its code as text.',
      example: 'RESOURCE_EXHAUSTED',
    },
    message: {
      kind: 'string',
      name: 'message',
      default: '',
      description: 'The message that goes with the status.',
      example: 'no stock today',
    },
  },
  plan: ({ status, message }) => ({ abort: { kind: 'grpc', status: codeOf(status), message } }),
});

function codeOf(status: string): number {
  const byName = GRPC_STATUSES.findIndex((name) => name === status);
  return byName < 0 ? Number(status) : byName;
}
