import { expect, it } from 'vitest';
import { GRPC_STATUSES, NO_STATUS, statusText } from '../../src/core/index.ts';

it('shows a status by its name where its protocol has names, else as the number that it is', () => {
  const known = { protocol: 'grpc', names: GRPC_STATUSES };
  expect(GRPC_STATUSES).toHaveLength(17);
  expect(statusText(503, undefined)).toBe('503');
  expect(statusText(14, known)).toBe('grpc UNAVAILABLE');
  expect(statusText(0, known)).toBe('grpc OK');
  expect(statusText(99, known)).toBe('99');
  expect(GRPC_STATUSES).not.toHaveProperty(String(NO_STATUS));
});
