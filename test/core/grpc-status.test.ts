import { expect, it } from 'vitest';
import { GRPC_STATUSES, grpcCallStatus, grpcStatusOf, statusText } from '../../src/core/index.ts';

it('keeps the statuses of gRPC apart from those of HTTP, and from none', () => {
  expect(GRPC_STATUSES).toHaveLength(17);
  for (const name of GRPC_STATUSES) expect(grpcStatusOf(grpcCallStatus(name))).toBe(name);
  for (const http of [0, 100, 200, 404, 503, 599]) expect(grpcStatusOf(http)).toBeUndefined();
  expect(statusText(503)).toBe('503');
  expect(statusText(grpcCallStatus('UNAVAILABLE'))).toBe('grpc UNAVAILABLE');
});
