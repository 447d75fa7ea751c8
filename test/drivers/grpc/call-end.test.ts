import { describe, expect, it } from 'vitest';
import { GRPC_STATUSES, OUTCOMES } from '../../../src/core/index.ts';
import { callEnd, type EndedCall, type EndRules } from '../../../src/drivers/grpc/call-end.ts';

function end(call: Partial<EndedCall>, rules: Partial<EndRules> = {}): string {
  const okCodes = new Uint8Array(GRPC_STATUSES.length);
  okCodes[0] = 1;
  const { outcome, status, error } = callEnd(
    {
      httpStatus: 200,
      contentType: 'application/grpc',
      grpcStatus: '0',
      grpcMessage: '',
      messages: 1,
      isWhole: true,
      ...call,
    },
    { streamsIn: false, okCodes, isPastDeadline: false, ...rules },
  );
  return [OUTCOMES[outcome], status, error].join(' ').trim();
}

describe('the end of a call', () => {
  it.each([
    [{}, 'ok 0'],
    [{ contentType: 'application/grpc+proto' }, 'ok 0'],
    [{ grpcStatus: '14' }, 'status 14 grpc UNAVAILABLE'],
    [{ grpcStatus: '14', messages: 0, isWhole: false }, 'status 14 grpc UNAVAILABLE'],
    [{ grpcStatus: '99' }, 'status 2 grpc UNKNOWN'],
    [{ grpcStatus: 'no' }, 'status 2 grpc UNKNOWN'],
    [{ grpcStatus: '4' }, 'status 4 grpc DEADLINE_EXCEEDED'],
    [{ grpcStatus: undefined }, 'transport -1 no grpc-status'],
    [{ contentType: 'text/html' }, 'transport -1 not application/grpc'],
    [{ contentType: 'application/grpc-web' }, 'transport -1 not application/grpc'],
    [{ contentType: undefined }, 'transport -1 not application/grpc'],
    [{ messages: 0 }, 'transport -1 no message'],
    [{ messages: 2 }, 'transport -1 more than one message'],
    [{ isWhole: false }, 'transport -1 message cut short'],
  ] as const)('%j is %s', (call, wanted) => {
    expect(end(call)).toBe(wanted);
  });

  it.each([
    [400, 'INTERNAL', 13],
    [401, 'UNAUTHENTICATED', 16],
    [403, 'PERMISSION_DENIED', 7],
    [404, 'UNIMPLEMENTED', 12],
    [429, 'UNAVAILABLE', 14],
    [502, 'UNAVAILABLE', 14],
    [503, 'UNAVAILABLE', 14],
    [504, 'UNAVAILABLE', 14],
    [500, 'UNKNOWN', 2],
  ])('with HTTP %i and no status of gRPC is %s', (httpStatus, name, code) => {
    const call = { httpStatus, grpcStatus: undefined, contentType: 'text/html' };
    expect(end(call)).toBe(`status ${code} grpc ${name} (http ${httpStatus})`);
    expect(end({ ...call, grpcStatus: '5' })).toBe('status 5 grpc NOT_FOUND');
  });

  it('is a timeout where the server gave up at the deadline that it was sent, not before', () => {
    expect(end({ grpcStatus: '4' }, { isPastDeadline: true })).toBe('timeout 4');
    expect(end({ grpcStatus: '5' }, { isPastDeadline: true })).toBe('status 5 grpc NOT_FOUND');
    const timeout = { grpcStatus: undefined, httpStatus: 504 };
    expect(end(timeout, { isPastDeadline: true })).toBe('timeout 14');
    expect(end({ ...timeout, httpStatus: 503 }, { isPastDeadline: true })).toContain('status 14');
  });

  it('has the message of the status, in one short line', () => {
    const withMessage = (grpcMessage: string): string => end({ grpcStatus: '14', grpcMessage });
    expect(withMessage('no room')).toBe('status 14 grpc UNAVAILABLE: no room');
    expect(withMessage('f%C3%BCr%20alle%0Abeide')).toBe(
      'status 14 grpc UNAVAILABLE: für alle beide',
    );
    expect(withMessage('100% of %zz, %e2%82')).toBe(
      'status 14 grpc UNAVAILABLE: 100% of %zz, \ufffd',
    );
    expect(withMessage(' %0A ')).toBe('status 14 grpc UNAVAILABLE');
    const long = withMessage('%E2%82%AC'.repeat(5_000));
    expect(long).toBe(`status 14 grpc UNAVAILABLE: ${'€'.repeat(199)}…`);
    expect(end({ grpcMessage: 'fine' })).toBe('ok 0');
  });

  it('is ok with any status that the step accepts, and any number of messages of a stream', () => {
    const okCodes = new Uint8Array(GRPC_STATUSES.length).fill(1);
    expect(end({ grpcStatus: '5', messages: 0 }, { okCodes })).toBe('ok 5');
    expect(end({ messages: 0 }, { streamsIn: true })).toBe('ok 0');
    expect(end({ messages: 9 }, { streamsIn: true })).toBe('ok 0');
  });
});
