import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRunId, newRunId, RunIds } from '../../src/trace/index.ts';

const runIds = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  .map(([sec, random]) => newRunId(sec * 1_000, random));
const numbers = fc.oneof(fc.nat(100_000), fc.maxSafeNat());

describe('run id', () => {
  it('is the second of the start, then the random bits, padded', () => {
    expect(newRunId(1_763_683_200_999.5, 0xbeef)).toBe('691fab800000beef');
    expect(isRunId('691fab800000beef')).toBe(true);
    expect(isRunId('691FAB800000BEEF')).toBe(false);
  });

  it('of another form is refused', () => {
    expect(() => new RunIds('691fab80')).toThrow(/16 lower-case hex digits/u);
  });
});

describe('ids of a run', () => {
  it('begin with the run id, are hex and never all-zero', () => {
    fc.assert(
      fc.property(runIds, numbers, (runId, number) => {
        const ids = new RunIds(runId);
        expect(ids.traceId(number)).toMatch(new RegExp(`^${runId}(?!0{16})[0-9a-f]{16}$`, 'u'));
        expect(ids.spanId(number)).toMatch(/^(?!0{16})[0-9a-f]{16}$/u);
      }),
    );
  });

  it('give the number of the call back', () => {
    fc.assert(
      fc.property(runIds, numbers, (runId, seq) => {
        const ids = new RunIds(runId);
        expect(ids.seqOfTraceId(ids.traceId(seq))).toBe(seq);
      }),
    );
  });

  it('differ between any two calls', () => {
    fc.assert(
      fc.property(runIds, numbers, numbers, (runId, a, b) => {
        fc.pre(a !== b);
        const ids = new RunIds(runId);
        expect(ids.traceId(a)).not.toBe(ids.traceId(b));
        expect(ids.spanId(a)).not.toBe(ids.spanId(b));
      }),
    );
    const ids = new RunIds('691fab800000beef');
    const seen = new Set<string>();
    for (let seq = 0; seq < 50_000; seq++) seen.add(ids.spanId(seq));
    expect(seen.size).toBe(50_000);
  });

  it('are the same written into a buffer, and touch nothing beside', () => {
    fc.assert(
      fc.property(runIds, numbers, fc.nat(5), (runId, number, offset) => {
        const ids = new RunIds(runId);
        const out = Buffer.alloc(64, '.');
        ids.writeTraceIdTail(number, out, offset);
        ids.writeSpanId(number, out, offset + 17);
        const before = '.'.repeat(offset);
        const text = `${before}${ids.traceId(number).slice(16)}.${ids.spanId(number)}`;
        expect(out.toString('latin1')).toBe(text.padEnd(64, '.'));
      }),
    );
  });

  it('spread evenly over every bit', () => {
    const ids = new RunIds('691fab800000beef');
    const ones = Array.from({ length: 64 }, () => 0);
    const calls = 4_096;
    for (let seq = 0; seq < calls; seq++) {
      const bits = BigInt(`0x${ids.traceId(seq).slice(16)}`);
      for (let bit = 0; bit < 64; bit++)
        ones[bit] = (ones[bit] ?? 0) + Number((bits >> BigInt(bit)) & 1n);
    }
    // 6 standard deviations of a fair coin thrown 4096 times.
    for (const count of ones) expect(Math.abs(count - calls / 2)).toBeLessThan(6 * 32);
  });

  it('of a call give its number, and those of others none', () => {
    fc.assert(
      fc.property(runIds, fc.nat(2 ** 32 - 1), (runId, spanSeq) => {
        const ids = new RunIds(runId);
        expect(ids.spanSeqOf(ids.spanId(spanSeq))).toBe(spanSeq);
      }),
    );
    const ids = new RunIds('691fab800000beef');
    expect(ids.spanSeqOf(new RunIds('691fab800000bee0').spanId(1))).toBeUndefined();
    // Of a setup, whose calls are in no result.
    expect(ids.spanSeqOf(new RunIds('691fab800000beef', 2 ** 52).spanId(1))).toBeUndefined();
    expect(ids.spanSeqOf('')).toBeUndefined();
  });

  it('of another run or another maker have no number', () => {
    const ids = new RunIds('691fab800000beef');
    expect(ids.seqOfTraceId(new RunIds('691fab800000bee0').traceId(1))).toBeUndefined();
    expect(ids.seqOfTraceId('691fab800000beef')).toBeUndefined();
    expect(ids.seqOfTraceId(`691fab800000beef${'0'.repeat(16)}`)).toBeUndefined();
    expect(ids.seqOfTraceId(`691fab800000beef${'z'.repeat(16)}`)).toBeUndefined();
  });

  it('of the load have one that those of its setup do not have', () => {
    const ids = new RunIds('691fab800000beef');
    expect(ids.loadSeqOf(ids.traceId(7))).toBe(7);
    expect(ids.loadSeqOf(new RunIds('691fab800000beef', 2 ** 52).traceId(7))).toBeUndefined();
    expect(ids.loadSeqOf('691fab800000beef')).toBeUndefined();
  });
});
