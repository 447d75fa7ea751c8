import { describe, expect, it } from 'vitest';
import { OK } from '../../src/core/index.ts';
import { CallBatch } from '../../src/record/call-batch.ts';
import type { FinishedCall } from '../../src/record/index.ts';

function callOf(seq: number): FinishedCall {
  return {
    seq,
    spanSeq: 3 * seq,
    phaseIndex: seq % 2,
    stepIndex: seq % 3,
    intendedNs: 10 * seq,
    seenNs: 10 * seq + 1,
    sentNs: 10 * seq + 2,
    firstByteNs: 10 * seq + 3,
    endNs: 10 * seq + 4,
    outcome: OK,
    status: 200 + seq,
    bytesIn: 7 * seq,
    bytesOut: 5 * seq,
    localPort: 40_000 + seq,
    error: '',
  };
}

describe('a batch of calls', () => {
  it('hands out what it took, in order and once', () => {
    const batch = new CallBatch();
    for (let round = 0; round < 3; round++) {
      let taken = 1;
      while (batch.add(callOf(taken), 100 + taken)) taken++;
      const out: (FinishedCall & { unreadNs: number })[] = [];
      batch.drain((call, unreadNs) => out.push({ ...call, unreadNs }));
      expect(out).toEqual(
        Array.from({ length: taken }, (_, i) => ({ ...callOf(i + 1), unreadNs: 101 + i })),
      );
      batch.drain(() => expect.unreachable());
    }
  });
});
