import { describe, expect, it } from 'vitest';
import { analyzeRun, type RunAnalysis } from '../../src/analyze/index.ts';
import { NS_PER_MS, type HistogramSlice, type Outcome } from '../../src/core/index.ts';
import { evaluateThresholds } from '../../src/gate/index.ts';
import type { ThresholdSpec } from '../../src/scenario/index.ts';
import { memorySource, runRecord } from '../analyze/memory-source.ts';
import { counters, stoppedRun, troubledRun } from '../report/sample-runs.ts';
import { threshold } from './threshold-specs.ts';

describe('a threshold on a percentile', () => {
  it.each([
    ['<', 200, 'pass'],
    ['<', 100, 'fail'],
    ['<=', 100, 'pass'],
    ['<=', 99, 'fail'],
    ['>', 99, 'pass'],
    ['>', 100, 'fail'],
    ['>=', 100, 'pass'],
    ['>=', 101, 'fail'],
    ['==', 100, 'pass'],
    ['==', 101, 'fail'],
    ['!=', 101, 'pass'],
    ['!=', 100, 'fail'],
  ] as const)('100 ms %s %i ms: %s', async (operator, limitMs, state) => {
    const analysis = await analysisOf({ ok: { ms: 100, count: 1_000 } });
    const spec = threshold('p(99)', { operator, limit: limitMs * NS_PER_MS });
    expect(evaluateThresholds([spec], analysis).thresholds[0]).toMatchObject({
      state,
      unit: 'ns',
      value: 100 * NS_PER_MS,
      interval: { lower: 100 * NS_PER_MS, upper: 100 * NS_PER_MS, open: false },
      n: 1_000,
    });
  });

  it('is inconclusive, with the n that is wanted, where the sample is too small', async () => {
    const analysis = await analysisOf({ ok: { ms: 100, count: 300 } });
    const verdict = evaluateThresholds([threshold('p(99)')], analysis);
    expect(verdict.outcome).toBe('inconclusive');
    expect(verdict.thresholds[0]).toMatchObject({ state: 'inconclusive', n: 300, neededN: 3_003 });
    expect(verdict.thresholds[0]).not.toHaveProperty('value');
  });

  it('fails from a small sample that is past the limit all the same', async () => {
    const analysis = await analysisOf({ ok: { ms: 900, count: 300 } });
    expect(stateOf(threshold('p(99)'), analysis)).toBe('fail');
  });

  it('takes any percentile, not only the reported ones', async () => {
    const analysis = await analysisOf({ ok: { ms: 100, count: 1_000 } });
    const aggregate = { kind: 'percentile', percent: 97.5 } as const;
    expect(stateOf(threshold('p(97.5)', { aggregate }), analysis)).toBe('pass');
    const longest = { kind: 'percentile', percent: 100 } as const;
    expect(stateOf(threshold('p(100)', { aggregate: longest }), analysis)).toBe('pass');
  });
});

describe('calls that were cut off', () => {
  it('fail a limit below the cut, and leave one above it open', async () => {
    const analysis = await analysisOf({
      ok: { ms: 10, count: 900 },
      timeout: { ms: 200, count: 100 },
    });
    const above = threshold('p(99)', { limit: 300 * NS_PER_MS });
    const below = threshold('p(99)', { limit: 150 * NS_PER_MS });
    expect(stateOf(below, analysis)).toBe('fail');
    expect(stateOf(above, analysis)).toBe('inconclusive');
    expect(evaluateThresholds([above], analysis).thresholds[0]).toMatchObject({
      value: 200 * NS_PER_MS,
      atLeast: true,
      reason: 'calls were cut off below the limit',
    });
  });

  it('leave the mean and the longest open too', async () => {
    const analysis = await analysisOf({
      ok: { ms: 10, count: 10 },
      timeout: { ms: 20, count: 1 },
    });
    for (const kind of ['avg', 'max'] as const) {
      expect(stateOf(threshold(kind, { aggregate: { kind } }), analysis)).toBe('inconclusive');
    }
    expect(stateOf(threshold('min', { aggregate: { kind: 'min' } }), analysis)).toBe('pass');
  });
});

describe('a subject that matches nothing', () => {
  it.each([
    ['an unknown step', threshold('x.response p(99) < 1s', { step: 'x' })],
    ['an unknown phase', threshold('p(99)', { phase: 'soak' })],
    ['a phase that is not measured', threshold('p(99)', { phase: 'warm-up' })],
    ['errors of an unknown step', errorRate({ step: 'x' })],
    ['dropped without an arrival', dropped()],
    ['lag without an arrival', threshold('lag', { step: '', metric: 'lag' })],
  ])('%s: is an error that fails the run', async (_what, spec) => {
    const analysis = await analysisOf({ ok: { ms: 10, count: 1_000 } });
    const verdict = evaluateThresholds([spec], analysis);
    expect(verdict.thresholds[0]?.state).toBe('unmatched');
    expect(verdict.thresholds[0]?.reason).not.toBe('');
    expect(verdict.outcome).toBe('failed');
  });
});

describe('a target that refuses every call', () => {
  it('fails the response time as well as the errors', async () => {
    const analysis = await analysisOf({ transport: { ms: 0.2, count: 50 } });
    const verdict = evaluateThresholds([threshold('p(99)'), errorRate()], analysis);
    expect(verdict.thresholds).toMatchObject([
      { state: 'fail', reason: 'none of 50 calls was answered' },
      { state: 'fail', value: 1, n: 50 },
    ]);
  });
});

describe('errors, timeouts and dropped arrivals', () => {
  it('count and share', async () => {
    const analysis = await analysisOf({
      ok: { ms: 10, count: 96 },
      status: { ms: 1, count: 1 },
      timeout: { ms: 200, count: 2 },
      transport: { ms: 1, count: 1 },
      cancelled: { ms: 1, count: 5 },
    });
    const count = { aggregate: { kind: 'count' } as const };
    const results = evaluateThresholds(
      [
        errorRate(),
        errorRate(count),
        errorRate({ metric: 'timeouts' }),
        errorRate({ metric: 'timeouts', ...count }),
      ],
      analysis,
    );
    expect(results.thresholds.map((t) => [t.value, t.unit, t.n])).toEqual([
      [0.04, 'ratio', 100],
      [4, 'count', 100],
      [0.02, 'ratio', 100],
      [2, 'count', 100],
    ]);
  });

  it('are those of the arrivals for the run and for a phase', async () => {
    const analysis = await analyzeRun(memorySource(troubledRun()), 'latest');
    expect(stateOf(dropped(), analysis)).toBe('fail');
    expect(stateOf(dropped({ phase: 'steady' }), analysis)).toBe('fail');
    const rate = { aggregate: { kind: 'rate' }, operator: '<', limit: 0.01 } as const;
    expect(evaluateThresholds([dropped(rate)], analysis).thresholds[0]).toMatchObject({
      state: 'pass',
      value: 17 / 12_000,
      n: 12_000,
    });
  });
});

describe('connect errors', () => {
  const connectErrors = (changes: Parameters<typeof threshold>[1] = {}): ThresholdSpec =>
    threshold('connect-errors', {
      step: '',
      metric: 'connect-errors',
      aggregate: { kind: 'count' },
      operator: '==',
      limit: 33,
      ...changes,
    });

  it('are those of all targets, of one, of a phase; their rate is of all that were dialled', async () => {
    const analysis = await analyzeRun(memorySource(troubledRun()), 'latest');
    expect(stateOf(connectErrors(), analysis)).toBe('pass');
    expect(stateOf(connectErrors({ step: 'orders' }), analysis)).toBe('pass');
    expect(stateOf(connectErrors({ phase: 'steady' }), analysis)).toBe('pass');
    expect(stateOf(connectErrors({ limit: 0 }), analysis)).toBe('fail');
    const [dials] = analysis.dials;
    const all = (dials?.opened ?? 0) + 33;
    const rate = { aggregate: { kind: 'rate' }, operator: '<', limit: 1 } as const;
    expect(evaluateThresholds([connectErrors(rate)], analysis).thresholds[0]).toMatchObject({
      value: 33 / all,
      n: all,
    });
  });

  it('are none where all were opened, and where none was dialled', async () => {
    const analysis = await analysisOf({ ok: { ms: 10, count: 400 } }, 400);
    expect(stateOf(connectErrors({ limit: 0 }), analysis)).toBe('pass');
  });
});

describe('lag', () => {
  it('is of the run, or of one phase', async () => {
    const analysis = await analyzeRun(memorySource(troubledRun()), 'latest');
    const lag = threshold('lag p(99) < 1ms', { step: '', metric: 'lag', limit: NS_PER_MS });
    expect(stateOf(lag, analysis)).toBe('pass');
    expect(stateOf({ ...lag, phase: 'steady' }, analysis)).toBe('pass');
    expect(stateOf({ ...lag, limit: 1 }, analysis)).toBe('fail');
  });
});

describe('the verdict of a run', () => {
  const pass = dropped();
  const fail = dropped({ operator: '>' });
  const open = threshold('p(99.99)', { aggregate: { kind: 'percentile', percent: 99.99 } });

  it.each([
    ['without thresholds', [], 'passed'],
    ['of passes', [pass, pass], 'passed'],
    ['with an open one', [pass, open], 'inconclusive'],
    ['with a failure among open ones', [open, fail, pass], 'failed'],
  ])('%s', async (_what, specs, outcome) => {
    const analysis = await analysisOf({ ok: { ms: 10, count: 400 } }, 400);
    expect(evaluateThresholds(specs, analysis)).toMatchObject({ outcome, partial: false });
  });

  it('keeps the order of the thresholds and their text', async () => {
    const analysis = await analysisOf({ ok: { ms: 10, count: 400 } }, 400);
    const { thresholds } = evaluateThresholds([open, pass], analysis);
    expect(thresholds.map((t) => t.text)).toEqual(['p(99.99)', 'dropped count == 0']);
  });

  it('is marked for a run that was stopped', async () => {
    const analysis = await analyzeRun(memorySource(stoppedRun()), 'latest');
    const verdict = evaluateThresholds([dropped()], analysis);
    expect(verdict).toMatchObject({ outcome: 'passed', partial: true });
  });
});

it('has the unit of a threshold also where it matches nothing', async () => {
  const analysis = await analysisOf({ ok: { ms: 100, count: 100 } });
  const units = [
    threshold('a', { step: 'a' }),
    errorRate({ step: 'a' }),
    dropped({ phase: 'a' }),
  ].map((spec) => evaluateThresholds([spec], analysis).thresholds[0]);
  expect(units).toMatchObject([
    { state: 'unmatched', unit: 'ns' },
    { state: 'unmatched', unit: 'ratio' },
    { state: 'unmatched', unit: 'count' },
  ]);
});

describe('a run in which no call succeeded', () => {
  const calls: Calls = { transport: { ms: 1, count: 400 } };

  it('has failed without a threshold, and says so', async () => {
    expect(evaluateThresholds([], await analysisOf(calls, 400))).toMatchObject({
      outcome: 'failed',
      lackOfSuccess: 'none of 400 calls succeeded',
    });
  });

  it('has failed where a threshold on something else holds', async () => {
    const specs = [dropped(), errorRate({ operator: '<=', limit: 1 })];
    expect(evaluateThresholds(specs, await analysisOf(calls, 400)).outcome).toBe('failed');
  });

  it('has passed where a threshold asks for failures', async () => {
    const specs = [errorRate({ operator: '>', limit: 0.9 })];
    const verdict = evaluateThresholds(specs, await analysisOf(calls, 400));
    expect(verdict.outcome).toBe('passed');
    expect(verdict).not.toHaveProperty('lackOfSuccess');
  });

  it('counts together the steps that fail alike', async () => {
    const analysis = await analysisOf({ transport: { ms: 1, count: 1_700 } }, 1_700);
    const errors = [1_280, 400, 20].map((count, i) => ({
      ...NO_ERROR,
      step: `step ${i}`,
      text: i < 2 ? 'ECONNREFUSED' : 'ECONNRESET',
      count,
    }));
    expect(evaluateThresholds([], { ...analysis, errors }).lackOfSuccess).toBe(
      'none of 1,700 calls succeeded, 1,680 of them for: ECONNREFUSED',
    );
  });

  it.each([
    ['failed', 'refused', { outcome: 'transport', text: 'ECONNREFUSED' }],
    ['failed', 'answered with 503', { outcome: 'status', text: 'status 503' }],
    ['failed', 'answered otherwise', { outcome: 'check', text: 'check json $.ok: is not true' }],
    ['invalid', 'slower than a check allows', { outcome: 'check', text: 'check duration: longer' }],
    ['invalid', 'not answered in time', { outcome: 'timeout', text: 'timeout' }],
    ['invalid', 'not connected in time', { outcome: 'transport', text: 'connect timeout' }],
    ['invalid', 'not sent by us', { outcome: 'transport', text: 'EMFILE' }],
    ['invalid', 'refused, too few', { outcome: 'transport', text: 'ECONNREFUSED', count: 199 }],
  ] as const)(
    'is %s where the generator was late too, and calls were %s',
    async (outcome, _, error) => {
      const analysis = await lateAnalysis();
      const errors = [{ ...NO_ERROR, count: 400, ...error }];
      const verdict = evaluateThresholds([], { ...analysis, errors });
      expect(verdict.outcome).toBe(outcome);
      expect(verdict.invalid?.reasons).toHaveLength(1);
      expect(verdict.lackOfSuccess).toBeDefined();
      const lost = { ...analysis, counters: { ...analysis.counters, lostThreads: 1 } };
      expect(evaluateThresholds([], { ...lost, errors }).outcome).toBe('invalid');
    },
  );

  it.each([
    ['one of them did', { ...calls, ok: { ms: 1, count: 1 } }],
    ['none was sent yet', {}],
  ] as const)('is another where %s', async (_what, other) => {
    expect(evaluateThresholds([], await analysisOf(other))).not.toHaveProperty('lackOfSuccess');
  });
});

const NO_ERROR = { step: 'create-order', outcome: 'transport', text: '', traceIds: [] } as const;

/** Of a run of 400 calls, none of which succeeded, and a quarter of which came late. */
async function lateAnalysis(): Promise<RunAnalysis> {
  const analysis = await analysisOf({ transport: { ms: 1, count: 400 } }, 400);
  const generator = { ...analysis.generator, lateArrivals: 100, lateRatio: 0.25 };
  return { ...analysis, generator };
}

type Calls = Partial<Record<Outcome, { readonly ms: number; readonly count: number }>>;

/** The calls are spread over 25 s. */
function analysisOf(calls: Calls, arrivals = 0): Promise<RunAnalysis> {
  const seconds = Object.entries(calls).flatMap(([outcome, { ms, count }]) =>
    Array.from({ length: 25 }, (_, i) => i).flatMap((i) =>
      (['response', 'service'] as const).map((clock): HistogramSlice => ({
        second: 5 + i,
        phase: 'steady',
        step: 'create-order',
        target: 'orders',
        outcome: outcome as Outcome,
        clock,
        valueNs: [ms * NS_PER_MS],
        count: [Math.floor((count * (i + 1)) / 25) - Math.floor((count * i) / 25)],
      })),
    ),
  );
  const stored = { run: runRecord(), seconds, counters: counters({ arrivals }) };
  return analyzeRun(memorySource(stored), 'latest');
}

function stateOf(spec: ThresholdSpec, analysis: RunAnalysis): string | undefined {
  return evaluateThresholds([spec], analysis).thresholds[0]?.state;
}

function errorRate(changes: Parameters<typeof threshold>[1] = {}): ThresholdSpec {
  const rate = { metric: 'errors', aggregate: { kind: 'rate' }, limit: 0.001 } as const;
  return threshold('create-order.errors rate < 0.1%', { ...rate, ...changes });
}

function dropped(changes: Parameters<typeof threshold>[1] = {}): ThresholdSpec {
  const none = { step: '', metric: 'dropped', operator: '==', limit: 0 } as const;
  const text = 'dropped count == 0';
  return threshold(text, { ...none, aggregate: { kind: 'count' }, ...changes });
}
