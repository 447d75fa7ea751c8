import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../src/analyze/index.ts';
import { evaluateThresholds, type ThresholdResult } from '../../src/gate/index.ts';
import { parseThreshold } from '../../src/scenario/index.ts';
import { memorySource } from '../analyze/memory-source.ts';
import { healthyRun, sampleEdge } from '../report/sample-runs.ts';

describe('a threshold on an edge', () => {
  it('is judged as one on a step: with an interval', async () => {
    const seen = await resultOf('orders -> payment p(99) < 200ms');
    expect(seen).toMatchObject({ state: 'pass', unit: 'ns', n: 12_000 });
    expect(seen.interval?.lower).toBeLessThan(seen.value ?? 0);
    expect(await resultOf('orders → payment p(99) < 1ms')).toMatchObject({ state: 'fail' });
  });

  it('is also on a call of callgauge itself', async () => {
    const seen = await resultOf('callgauge -> orders p(50) < 1s');
    expect(seen).toMatchObject({ state: 'pass' });
  });

  it('is over all operations, or over one', async () => {
    const edges = [
      sampleEdge({ callee: 'payment', operation: 'POST /api/charges', medianMs: 6 }, 3_000),
      sampleEdge({ callee: 'payment', operation: 'GET /api/charges', medianMs: 2 }, 3_000),
    ];
    const source = memorySource({ ...healthyRun(), edges });
    expect(await resultOf('orders -> payment p(50) < 1s', source)).toMatchObject({ n: 6_000 });
    const one = await resultOf('orders -> payment "GET /api/charges" p(50) < 3ms', source);
    expect(one).toMatchObject({ state: 'pass', n: 3_000 });
    expect(await resultOf('orders -> payment "PUT /" p(50) < 3ms', source)).toMatchObject({
      state: 'unmatched',
      reason: 'no operation PUT / was seen; seen were POST /api/charges, GET /api/charges',
    });
  });

  it('that was not seen fails the run, and names those that were', async () => {
    const seen = await resultOf('orders -> paymnt p(99) < 200ms');
    expect(seen.state).toBe('unmatched');
    expect(seen.reason).toMatch(
      /^no edge orders → paymnt was seen; seen were callgauge → orders, orders → inventory, /u,
    );
  });

  it('of few attempts says what is known from below, and what would decide', async () => {
    const edges = [sampleEdge({ callee: 'payment', operation: 'POST', medianMs: 6 }, 600)];
    const source = memorySource({ ...healthyRun(), edges });
    const open = await resultOf('orders -> payment p(99.9) < 200ms', source);
    expect(open).toMatchObject({ state: 'inconclusive', n: 600 });
    expect(open.lowerBound).toBeGreaterThan(6e6);
    expect(open.neededN).toBeGreaterThan(600);
    const past = await resultOf('orders -> payment p(99.9) < 5ms', source);
    expect(past).toMatchObject({ state: 'fail', reason: 'past the limit at the least' });
  });

  it('between services is open where spans of a part of the calls are missing', async () => {
    const source = memorySource({ ...healthyRun(), served: { calls: 5_000, kept: [] } });
    const quick = await resultOf('orders -> payment p(99) < 200ms', source);
    expect(quick).toMatchObject({ state: 'inconclusive', n: 12_000 });
    expect(quick.reason).toBe('server spans seen for 5000 of 14000 calls, and not by chance');
    expect(quick.value).toBeUndefined();
    const slow = await resultOf('orders -> payment max < 1ms', source);
    expect(slow).toMatchObject({ state: 'inconclusive' });
    const own = await resultOf('callgauge -> orders p(50) < 1s', source);
    expect(own).toMatchObject({ state: 'pass' });
  });

  it('between services is open where the last spans are missing', async () => {
    const kept = [0, 30].map((second) => ({
      step: 'create-order',
      second,
      calls: 20,
      seen: second === 0 ? 20 : 10,
    }));
    const source = memorySource({ ...healthyRun(), served: { calls: 14_000, kept } });
    const seen = await resultOf('orders -> payment p(99) < 200ms', source);
    expect(seen).toMatchObject({ state: 'inconclusive' });
    expect(seen.reason).toMatch(/calls, fewer of the last ones$/u);
  });
});

async function resultOf(text: string, source = memorySource(healthyRun())) {
  const spec = parseThreshold(text);
  if (!('text' in spec)) throw new Error(spec.message);
  const { thresholds } = evaluateThresholds([spec], await analyzeRun(source, 'latest'));
  return thresholds[0] ?? ({} as ThresholdResult);
}
