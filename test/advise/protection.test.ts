import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineAbove } from '../../src/advise/deadline-above.ts';
import { protectionOf, type ProtectionQuestion } from '../../src/advise/protection.ts';
import { summarizeClock, type EdgeAnalysis } from '../../src/analyze/index.ts';
import { NS_PER_MS, NS_PER_SEC, rngFrom } from '../../src/core/index.ts';
import { histogramOf } from '../analyze/memory-source.ts';

const MS = NS_PER_MS;
const NONE = { valueNs: [], count: [] };

describe('a hedge', () => {
  it('waits for p95, and foretells p99.9 of independent attempts', () => {
    // 2% of calls take 200 ms, the others 10: two attempts are slow together in 1 of 2,500.
    const { hedge } = protectionOf(question(twoTimes(0.02)));
    expect(hedge).toMatchObject({
      delayNs: 10 * MS,
      extraRatio: 0.05,
      p999Ns: 200 * MS,
    });
    const seen = hedgedTimes(0.02, 10 * MS).toSorted((a, b) => a - b);
    const p999 = seen[Math.ceil(seen.length * 0.999) - 1] ?? 0;
    expect(hedge?.predictedP999Ns).toBe(p999);
  });

  it('is none of what may not be repeated, of an even tail, or near the capacity', () => {
    expect(protectionOf(question(twoTimes(0.02), { mayRepeat: false })).hedge).toBeUndefined();
    expect(protectionOf(question(twoTimes(0))).hedge).toBeUndefined();
    const busy = { capacity: { metPerSec: 120 } };
    expect(protectionOf(question(twoTimes(0.02), busy)).hedge).toBeUndefined();
    const idle = { capacity: { metPerSec: 1_000 } };
    expect(protectionOf(question(twoTimes(0.02), idle)).hedge).toBeDefined();
  });
});

describe('a circuit breaker', () => {
  it('stays closed for a month by chance, and sees an outage of half of the calls', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.08, noNaN: true }), (failureUpper) => {
        const { breaker } = protectionOf(question(twoTimes(0), { failureUpper }));
        if (breaker === undefined) throw new Error('none');
        const { windowCalls: n, failureRatio } = breaker;
        const threshold = Math.ceil(n * failureRatio);
        expect(atLeast(n, failureUpper, threshold) * 100 * 30 * 86_400).toBeLessThan(1);
        expect(atLeast(n, 0.5, threshold)).toBeGreaterThanOrEqual(0.95);
        const inARow = (failures: number): number => failureUpper ** failures * 100 * 30 * 86_400;
        expect(inARow(breaker.inARow)).toBeLessThan(1);
        if (breaker.inARow > 2) expect(inARow(breaker.inARow - 1)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  it('stays closed where a tenth fails, but where few calls would take too long to tell', () => {
    const at = (ratePerSec: number) => {
      const asked = question(twoTimes(0));
      const { breaker } = protectionOf({ ...asked, edge: { ...asked.edge, ratePerSec } });
      if (breaker === undefined) throw new Error('none');
      return breaker;
    };
    const { windowCalls, failureRatio } = at(100);
    const opensADay = atLeast(windowCalls, 0.1, Math.ceil(windowCalls * failureRatio));
    expect(opensADay * 100 * 86_400).toBeLessThan(1);
    expect(at(1).windowCalls).toBeLessThan(windowCalls);
    expect(at(1).failureRatio).toBeLessThan(failureRatio);
  });

  it('is none where so much fails that it would open on a healthy day', () => {
    expect(protectionOf(question(twoTimes(0), { failureUpper: 0.4 })).breaker).toBeUndefined();
  });

  it('sleeps as long as recoveries took, else for the preset', () => {
    const recoveriesNs = [9 * NS_PER_SEC, 2 * NS_PER_SEC, 4 * NS_PER_SEC];
    expect(protectionOf(question(twoTimes(0), { recoveriesNs })).breaker).toMatchObject({
      sleepNs: 4 * NS_PER_SEC,
      isSleepMeasured: true,
      probes: 5,
    });
    expect(protectionOf(question(twoTimes(0))).breaker).toMatchObject({
      sleepNs: 60 * NS_PER_SEC,
      isSleepMeasured: false,
    });
  });

  it('sleeps until what was sent before it opened is over', () => {
    const attemptTimeoutNs = 5 * NS_PER_SEC;
    for (const [recoveryNs, sleepNs] of [
      [2 * NS_PER_SEC, attemptTimeoutNs],
      [9 * NS_PER_SEC, 9 * NS_PER_SEC],
    ] as const) {
      const asked = question(twoTimes(0), { recoveriesNs: [recoveryNs], attemptTimeoutNs });
      expect(protectionOf(asked).breaker?.sleepNs).toBe(sleepNs);
    }
  });
});

describe('a bulkhead', () => {
  it('holds what is under way but for 1 of 10,000 moments', () => {
    // 100 calls a second of 10 ms: one is under way on average; P(Poisson(1) > 6) is 8.3e-5.
    const { bulkhead } = protectionOf(question(twoTimes(0)));
    expect(bulkhead).toEqual({ concurrent: 6, whenHung: 30 });
  });
});

describe('a rate limit', () => {
  it('is three quarters of the capacity of a target, and of nothing without a search', () => {
    expect(protectionOf(question(twoTimes(0))).rateLimit).toBeUndefined();
    const found = { capacity: { metPerSec: 400 } };
    expect(protectionOf(question(twoTimes(0), found)).rateLimit).toEqual({
      perSec: 300,
      burst: 30,
    });
  });
});

describe('the deadline above a call', () => {
  const edge = (caller: string, callee: string, attemptMs: number, totalMs = attemptMs) => ({
    ...{ caller, callee, operation: 'call' },
    policy: { attemptTimeoutNs: attemptMs * MS, totalTimeoutNs: totalMs * MS },
  });

  it('is that of the call that is waited for longest', () => {
    const edges = [edge('web', 'orders', 50), edge('app', 'orders', 80), edge('orders', 'pay', 1)];
    expect(deadlineAbove(edge('orders', 'pay', 40, 100), edges)).toMatchObject({
      caller: 'app',
      attemptTimeoutNs: 80 * MS,
      passedByNs: 20 * MS,
    });
    expect(deadlineAbove(edge('orders', 'pay', 40, 60), edges)?.passedByNs).toBe(0);
  });

  it('is none where nobody calls the caller', () => {
    expect(deadlineAbove(edge('web', 'orders', 50), [edge('web', 'orders', 50)])).toBeUndefined();
  });
});

const CALLS = 50_000;

/** Calls of 10 ms, a share of which takes 200 ms; in even turns. */
function times(slowRatio: number): readonly number[] {
  return Array.from({ length: CALLS }, (_, i) => (i < CALLS * slowRatio ? 200 * MS : 10 * MS));
}

function twoTimes(slowRatio: number): EdgeAnalysis {
  const attempt = summarizeClock({ exact: histogramOf([...times(slowRatio)]), censored: NONE });
  return {
    ...{ kind: 'harness', caller: 'callgauge', callee: 'orders', operation: 'call' },
    ...{ failed: 0, ratePerSec: 100, attempt },
  };
}

/** What calls take of which a second attempt is made after a delay, drawn. */
function hedgedTimes(slowRatio: number, delayNs: number): readonly number[] {
  const rng = rngFrom(5, 'hedge');
  const draw = (): number => (rng.nextFloat() < slowRatio ? 200 * MS : 10 * MS);
  return Array.from({ length: 200_000 }, () => Math.min(draw(), delayNs + draw()));
}

function question(
  edge: EdgeAnalysis,
  changes: Partial<ProtectionQuestion> = {},
): ProtectionQuestion {
  return {
    edge,
    mayRepeat: true,
    failureUpper: 0.001,
    attemptTimeoutNs: 100 * MS,
    totalTimeoutNs: 300 * MS,
    recoveriesNs: [],
    capacity: undefined,
    ...changes,
  };
}

/** P(at least so many of n), summed from its terms. */
function atLeast(n: number, p: number, hits: number): number {
  if (p === 0) return hits === 0 ? 1 : 0;
  let sum = 0;
  for (let k = hits; k <= n; k++) {
    let logTerm = k * Math.log(p) + (n - k) * Math.log1p(-p);
    for (let i = 1; i <= k; i++) logTerm += Math.log((n - k + i) / i);
    sum += Math.exp(logTerm);
  }
  return sum;
}
