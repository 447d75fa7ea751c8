import { describe, expect, it } from 'vitest';
import { NS_PER_SEC, OK } from '../../src/core/index.ts';
import { BYTES_IN, CallBatch, END, INTENDED, SEQ } from '../../src/record/call-batch.ts';
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
    attempt: 0,
    callOutcome: OK,
    endpoint: 0,
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

  it('hands out columns, their sums and what lies between two of them', () => {
    const batch = new CallBatch();
    for (const seq of [1, 2, 4]) batch.add(callOf(seq), 0);
    expect([...batch.column(SEQ).subarray(0, 3)]).toEqual([1, 2, 4]);
    expect([...batch.difference(END, INTENDED).subarray(0, 3)]).toEqual([4, 4, 4]);
    expect(batch.sum(BYTES_IN)).toBe(49);
    expect(batch.at(2, INTENDED)).toBe(40);
  });

  it('says whether all belong into the same cells', () => {
    const areAlike = (...odd: readonly [Partial<FinishedCall>, number?][]): boolean => {
      const batch = new CallBatch();
      batch.add(callOf(6), 0);
      for (const [one, unreadNs = 0] of odd) batch.add({ ...callOf(6), ...one }, unreadNs);
      return batch.areAlike;
    };
    expect(areAlike([{ seq: 7, endNs: 90 }, 5])).toBe(true);
    expect(areAlike([{ intendedNs: NS_PER_SEC - 1 }])).toBe(true);
    expect(areAlike([{ intendedNs: NS_PER_SEC }])).toBe(false);
    expect(areAlike([{ phaseIndex: 1 }])).toBe(false);
    expect(areAlike([{ stepIndex: 1 }])).toBe(false);
    expect(areAlike([{ status: 201 }])).toBe(false);
    expect(areAlike([{ sentNs: -1 }])).toBe(false);
    expect(areAlike([{ firstByteNs: -1 }])).toBe(false);
    expect(areAlike([{}, -1])).toBe(false);
    expect(new CallBatch().areAlike).toBe(false);
  });
});
