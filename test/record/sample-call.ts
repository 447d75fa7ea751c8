import { OK } from '../../src/core/index.ts';
import type { FinishedCall } from '../../src/record/index.ts';

/** A call that went well, of the first phase and step; `over` says what is otherwise. */
export function sampleCall(over: Partial<FinishedCall> = {}): FinishedCall {
  return {
    seq: 3,
    spanSeq: 9,
    phaseIndex: 0,
    stepIndex: 0,
    intendedNs: 100,
    seenNs: 150,
    sentNs: 400,
    firstByteNs: 800,
    endNs: 1_000,
    outcome: OK,
    status: 200,
    bytesIn: 10,
    bytesOut: 20,
    localPort: 40_001,
    error: '',
    attempt: 0,
    callOutcome: OK,
    endpoint: 0,
    ...over,
  };
}
