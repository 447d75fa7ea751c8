import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../src/analyze/index.ts';
import {
  NS_PER_MS,
  type CounterName,
  type CounterSlice,
  type HistogramSlice,
} from '../../src/core/index.ts';
import { evaluateThresholds, type Verdict } from '../../src/gate/index.ts';
import type { ThresholdSpec } from '../../src/scenario/index.ts';
import { histogramOf, memorySource, runRecord } from '../analyze/memory-source.ts';
import { healthyRun, starvedRun, troubledRun } from '../report/sample-runs.ts';
import { threshold, USUAL_THRESHOLDS } from './threshold-specs.ts';

describe('a run whose generator was the cause', () => {
  it('is invalid, with its reasons and a remedy, where it stood still for 50 ms a second', async () => {
    const analysis = await analyzeRun(memorySource(starvedRun()), 'latest');
    const verdict = evaluateThresholds(USUAL_THRESHOLDS, analysis);
    expect(verdict.outcome).toBe('invalid');
    expect(verdict.thresholds.map((t) => t.state)).toEqual(['pass', 'pass', 'pass']);
    expect(verdict.invalid?.reasons).toEqual([
      expect.stringMatching(/^create-order: 54\.3 ms of response time at p99, 27\.5 ms without/u),
      expect.stringMatching(
        /^4\.0% of the arrivals were let go more than 10\.0 ms late; 1% is the most$/u,
      ),
    ]);
    expect(verdict.invalid?.remedy).toContain('less other work');
  });

  it('says what it compares only about where the report refuses the percentile', async () => {
    // 3,000 calls of a single second: as alike as those of a queue may be.
    const verdict = await verdictOn({ share: { responseMs: 40, correctedMs: 10 }, calls: 3_000 });
    expect(verdict.invalid?.reasons).toEqual([
      "create-order: about 40.0 ms of response time at p50, about 10.0 ms without the generator's own delay; too few calls for an interval",
    ]);
  });

  it('is invalid rather than failed or inconclusive, and also without a threshold', async () => {
    const share = { responseMs: 20, correctedMs: 10 };
    const failed = threshold('p(99) < 5ms', { limit: 5 * NS_PER_MS });
    const open = threshold('p(99.99)', { aggregate: { kind: 'percentile', percent: 99.99 } });
    for (const thresholds of [[], [failed], [open]]) {
      expect((await verdictOn({ share, thresholds })).outcome).toBe('invalid');
    }
  });

  it.each([
    ['a millisecond and a half on a fast target', { responseMs: 1.65, correctedMs: 0.15 }],
    ['16 ms of 322', { responseMs: 322, correctedMs: 306 }],
  ])('is valid where the share is small: %s', async (_what, share) => {
    expect((await verdictOn({ share })).outcome).toBe('passed');
  });

  it.each([
    ['more than 2 ms of the median of a fast target', { responseMs: 2.3, correctedMs: 0.2 }],
    ['more than 5% of a slow one', { responseMs: 322, correctedMs: 304 }],
  ])('is invalid past both limits: %s', async (_what, share) => {
    expect((await verdictOn({ share })).outcome).toBe('invalid');
  });

  it('spares the tail what a busy host does, up to 5 ms at p99 and 20 ms at p99.9', async () => {
    const tail = (ms: number, count: number): Parameters<typeof verdictOn>[0] => ({
      share: { responseMs: 0.2, correctedMs: 0.2 },
      tail: { ms, count },
    });
    expect((await verdictOn(tail(4.9, 200))).outcome).toBe('passed');
    expect((await verdictOn(tail(5.5, 200))).outcome).toBe('invalid');
    const many = 30_000;
    expect((await verdictOn({ ...tail(19, 60), calls: many })).outcome).toBe('passed');
    expect((await verdictOn({ ...tail(25, 60), calls: many })).outcome).toBe('invalid');
  });

  it('spares it less where the thread waited for a core for more than a tenth of the time', async () => {
    const share = { responseMs: 1.65, correctedMs: 0.15 };
    const at = (ratio: number) => ({ sender_ns: 30e9, run_delay_ns: ratio * 30e9 });
    expect((await verdictOn({ share, counters: at(0.09) })).outcome).toBe('passed');
    expect((await verdictOn({ share, counters: at(0.11) })).outcome).toBe('invalid');
  });

  it('takes no handful of calls for a generator at fault: one pause in a short run', async () => {
    const share = { responseMs: 0.2, correctedMs: 0.2 };
    expect((await verdictOn({ share, tail: { ms: 40, count: 15 } })).outcome).toBe('passed');
    const short = { share, tail: { ms: 40, count: 15 }, late: 15, calls: 1_000 };
    expect((await verdictOn(short)).outcome).toBe('passed');
    const longer = { share, tail: { ms: 40, count: 30 }, late: 30, calls: 2_000 };
    expect((await verdictOn(longer)).outcome).toBe('invalid');
  });

  it('is invalid where the share alone decides a threshold', async () => {
    const worst = { aggregate: { kind: 'max' }, limit: 10 * NS_PER_MS } as const;
    const thresholds = [threshold('create-order.response max < 10ms', worst)];
    const share = { responseMs: 0.2, correctedMs: 0.2 };
    const verdict = await verdictOn({ share, tail: { ms: 25, count: 3 }, thresholds });
    expect(verdict.invalid?.reasons).toEqual([
      "create-order.response max < 10ms: 25.0 ms with the generator's own delay, 200 us without",
    ]);
    const wide = [threshold('max < 30ms', { ...worst, limit: 30 * NS_PER_MS })];
    expect((await verdictOn({ share, tail: { ms: 25, count: 3 }, thresholds: wide })).outcome).toBe(
      'passed',
    );
  });

  it('is invalid where more than 1% of the arrivals were late, however slow the target', async () => {
    const share = { responseMs: 3_000, correctedMs: 3_000 };
    expect((await verdictOn({ share, late: 90 })).outcome).toBe('passed');
    expect((await verdictOn({ share, late: 110 })).outcome).toBe('invalid');
  });
});

describe('dropped arrivals', () => {
  const share = { responseMs: 3_000, correctedMs: 3_000 };
  const busy = { sender_ns: 30e9, sender_cpu_ns: 29e9, dropped_arrivals: 40, arrivals: 10_000 };

  it('make a run invalid where the sending thread was saturated', async () => {
    const verdict = await verdictOn({ share, lagMs: 4, counters: busy });
    expect(verdict.invalid?.reasons).toEqual([
      '40 arrivals were dropped in steady while the sending thread was saturated',
    ]);
    expect(verdict.invalid?.remedy).toContain('lower the rate');
  });

  it('make it invalid where its loop was busy with answers all the time, late or not', async () => {
    const counters = { ...busy, loop_busy_ns: 28e9 };
    const verdict = await verdictOn({ share, lagMs: 0.01, counters });
    expect(verdict.invalid?.reasons).toHaveLength(1);
    expect(verdict.invalid?.remedy).toContain('workers');
  });

  it('make it invalid where a loop that was busy with answers was kept off its core besides', async () => {
    const at = (busyRatio: number, cpuRatio: number) => ({
      ...busy,
      sender_cpu_ns: cpuRatio * 30e9,
      run_delay_ns: 0.14 * 30e9,
      loop_busy_ns: busyRatio * 30e9,
    });
    const outcomeOf = async (counters: ReturnType<typeof at>) =>
      (await verdictOn({ share, lagMs: 0.2, counters })).outcome;
    expect(await outcomeOf(at(0.84, 0.85))).toBe('invalid');
    expect(await outcomeOf(at(0.84, 0.7))).toBe('passed');
    expect(await outcomeOf(at(0.5, 0.85))).toBe('passed');
  });

  it('are the target’s doing where the sender spins and sees every arrival in time', async () => {
    expect((await verdictOn({ share, lagMs: 0.01, counters: busy })).outcome).toBe('passed');
  });
});

describe('a run whose target was the cause', () => {
  it('is not invalid: a stall, timeouts and failures are results', async () => {
    const analysis = await analyzeRun(memorySource(troubledRun()), 'latest');
    const verdict = evaluateThresholds(USUAL_THRESHOLDS, analysis);
    expect(verdict).toMatchObject({ outcome: 'failed' });
    expect(verdict).not.toHaveProperty('invalid');
  });

  it('is not invalid where nothing went wrong, nor where an old run knows no corrected time', async () => {
    const healthy = healthyRun();
    const seconds = healthy.seconds.filter((s) => s.clock !== 'corrected');
    for (const stored of [healthy, { ...healthy, seconds }]) {
      const analysis = await analyzeRun(memorySource(stored), 'latest');
      expect(evaluateThresholds(USUAL_THRESHOLDS, analysis).outcome).toBe('passed');
    }
  });
});

interface MadeUpRun {
  /** The times of all calls but the tail. */
  readonly share: { readonly responseMs: number; readonly correctedMs: number };
  /** 10,000 where it is not given. */
  readonly calls?: number;
  /** So many calls, whose response times alone are so long. */
  readonly tail?: { readonly ms: number; readonly count: number };
  /** So many arrivals were seen 30 ms late. */
  readonly late?: number;
  readonly lagMs?: number;
  readonly counters?: Partial<Record<CounterName, number>>;
  readonly thresholds?: readonly ThresholdSpec[];
}

async function verdictOn(made: MadeUpRun): Promise<Verdict> {
  const { share, tail = { ms: 0, count: 0 }, late = 0, lagMs = 0.01, calls = 10_000 } = made;
  const many = (ms: number, count: number): readonly number[] =>
    Array.from({ length: count }, () => ms * NS_PER_MS);
  const seconds = [
    slice('response', [
      ...many(share.responseMs, calls - tail.count),
      ...many(tail.ms, tail.count),
    ]),
    slice('corrected', many(share.correctedMs, calls)),
    slice('service', many(share.correctedMs, calls)),
    { ...slice('lag', [...many(lagMs, calls - late), ...many(30, late)]), step: '', target: '' },
  ];
  const counters = Object.entries(made.counters ?? {}).map(([counter, value]): CounterSlice => ({
    second: 6,
    phase: 'steady',
    step: '',
    counter: counter as CounterName,
    value,
  }));
  const source = memorySource({ run: runRecord(), seconds, counters });
  return evaluateThresholds(made.thresholds ?? [], await analyzeRun(source, 'latest'));
}

function slice(clock: HistogramSlice['clock'], values: readonly number[]): HistogramSlice {
  const key = { second: 6, phase: 'steady', step: 'create-order', target: 'orders' };
  return { ...key, outcome: 'ok', clock, ...histogramOf(values) };
}

describe('a run whose own machine ran out of what connections need', () => {
  it.each([
    ['EMFILE', 'no file descriptor was free on this machine', 'ulimit -n'],
    ['ENFILE', 'no file descriptor was free on this machine', 'ulimit -n'],
    ['EADDRNOTAVAIL', 'no local port was free on this machine', 'ip_local_port_range'],
    ['ENOBUFS', 'no memory for sockets on this machine', 'more memory'],
  ])('is invalid for %s, and says what to do', async (text, reason, remedy) => {
    const verdict = await verdictWithConnectErrors([{ text, count: 7 }]);
    expect(verdict.outcome).toBe('invalid');
    expect(verdict.invalid?.reasons).toEqual([
      `7 connects to orders failed here: ${reason} (${text})`,
    ]);
    expect(verdict.invalid?.remedy).toContain(remedy);
  });

  it('is not invalid for what the target does, nor for what happened in a warm-up', async () => {
    const ofTarget = [
      'ECONNREFUSED',
      'ECONNRESET in the TLS handshake',
      'connect timeout',
      'other',
    ];
    const errors = ofTarget.map((text) => ({ text, count: 100 }));
    expect((await verdictWithConnectErrors(errors)).outcome).toBe('passed');
    const early = [{ text: 'EMFILE', count: 100, phase: 'warm-up' }];
    expect((await verdictWithConnectErrors(early)).outcome).toBe('passed');
  });
});

async function verdictWithConnectErrors(
  errors: readonly { readonly text: string; readonly count: number; readonly phase?: string }[],
): Promise<Verdict> {
  const connectErrors = errors.map((error) => ({
    second: 0,
    phase: 'steady',
    target: 'orders',
    ...error,
  }));
  const source = memorySource({ ...healthyRun(), connectErrors });
  return evaluateThresholds(USUAL_THRESHOLDS, await analyzeRun(source, 'latest'));
}
