import { toxicKind } from '../toxic-kind.ts';

export const grpcTrailers = toxicKind({
  type: 'grpc_trailers',
  description: 'Lets a gRPC answer end without its trailers, so that its status is missing.',
  works: 'request',
  settings: {},
  plan: () => ({ dropTrailers: true }),
});
