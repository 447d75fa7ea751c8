import { toxicKind } from '../toxic-kind.ts';

export const grpcCut = toxicKind({
  type: 'grpc_cut',
  description: 'Resets a gRPC stream behind so many messages of its answer.',
  works: 'request',
  settings: {
    messages: {
      kind: 'count',
      name: 'messages',
      min: 0,
      max: 1_000_000_000,
      default: 0,
      description: 'How many messages go; the status never does.',
      example: 3,
    },
  },
  plan: ({ messages }) => ({ cutAfterMessages: messages }),
});
