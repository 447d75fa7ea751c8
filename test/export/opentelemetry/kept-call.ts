import type { KeptCall } from '../../../src/record/index.ts';

/** Returns a call that went well; a test changes what it is about. */
export function keptCall(changes: Partial<KeptCall> = {}): KeptCall {
  return {
    seq: 1,
    spanSeq: 2,
    phase: 'steady',
    step: 'create-order',
    target: 'orders',
    intendedNs: 1_000,
    seenNs: 1_010,
    sentNs: 1_030,
    firstByteNs: 5_000,
    endNs: 9_030,
    outcome: 'ok',
    status: 201,
    bytesIn: 10,
    bytesOut: 20,
    localPort: 40_001,
    error: '',
    kept: 'head',
    ...changes,
  };
}
