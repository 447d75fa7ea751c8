import { describe, expect, it, test } from 'vitest';
import { CANCELLED, CHECK, DROPPED, OK, STATUS, TIMEOUT, TRANSPORT } from '../../src/core/index.ts';
import {
  attemptFailure,
  isIdempotent,
  mayRetry,
  type RetryOn,
} from '../../src/resilience/index.ts';

const ALL: RetryOn = { connect: true, reset: true, timeout: true, statuses: [429, 503] };
const NONE: RetryOn = { connect: false, reset: false, timeout: false, statuses: [] };

describe('a retry', () => {
  it('follows what its policy names, and nothing else', () => {
    for (const failure of ['connect', 'reset', 'timeout', 'status'] as const) {
      expect(mayRetry(ALL, failure, 503, true)).toBe(true);
      expect(mayRetry(NONE, failure, 503, true)).toBe(false);
    }
    expect(mayRetry(ALL, 'status', 500, true)).toBe(false);
    expect(mayRetry({ ...NONE, reset: true }, 'timeout', -1, true)).toBe(false);
  });

  it('of a call that must not be made twice follows a failed connect alone', () => {
    expect(mayRetry(ALL, 'connect', -1, false)).toBe(true);
    for (const failure of ['reset', 'timeout', 'status'] as const) {
      expect(mayRetry(ALL, failure, 503, false)).toBe(false);
    }
  });
});

test('what was never sent failed to connect; what went well or was given up did not fail', () => {
  const outcomes = [OK, STATUS, TIMEOUT, TRANSPORT, CANCELLED, DROPPED, CHECK] as const;
  const none = undefined;
  expect(outcomes.map((outcome) => attemptFailure(outcome, true))).toEqual([
    ...[none, 'status', 'timeout', 'reset', none, none, none],
  ]);
  expect([TIMEOUT, TRANSPORT].map((outcome) => attemptFailure(outcome as 2 | 3, false))).toEqual([
    'connect',
    'connect',
  ]);
});

test('idempotent are the methods of RFC 9110, 9.2.2', () => {
  const methods = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];
  expect(methods.every(isIdempotent)).toBe(true);
  expect(['POST', 'PATCH', 'CONNECT', 'get', 'PURGE', ''].some(isIdempotent)).toBe(false);
});
