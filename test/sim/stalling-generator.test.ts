import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../src/analyze/index.ts';
import { type Clock, type Ns, NS_PER_MS, NS_PER_SEC, rngFrom } from '../../src/core/index.ts';
import { evaluateThresholds, type Verdict } from '../../src/gate/index.ts';
import { memorySource, runRecord } from '../analyze/memory-source.ts';
import { TestRun } from '../engine/test-run.ts';

/**
 * The real engine, recorder, analysis and gate on a virtual clock, against a target of known times.
 */
describe('a generator that is stopped for 50 ms of every second', () => {
  it.each([
    ['a target of 1 ms', 1],
    ['a target of 300 ms', 300],
  ])('against %s: the run is invalid', async (_what, answerMs) => {
    const verdict = await verdictOn({ answerMs, stoppedMs: 50 });
    expect(verdict.outcome).toBe('invalid');
  });

  it('is told from the target by its own delay: without it, the target looks as it is', async () => {
    const verdict = await verdictOn({ answerMs: 1, stoppedMs: 50 });
    expect(verdict.invalid?.reasons[0]).toMatch(/^step 0: .* without the generator's own delay$/u);
  });
});

describe('a generator that runs free', () => {
  it('gives valid runs, also against a target that stalls', async () => {
    expect((await verdictOn({ answerMs: 1, stoppedMs: 0 })).outcome).toBe('passed');
    expect((await verdictOn({ answerMs: 1, stoppedMs: 0, stallMs: 900 })).outcome).toBe('passed');
  });

  it('may be held up for a scheduler turn now and then', async () => {
    expect((await verdictOn({ answerMs: 1, stoppedMs: 4 })).outcome).toBe('passed');
  });
});

const SECONDS = 10;

interface Circumstances {
  /** How long the target takes, give or take a fifth. */
  readonly answerMs: number;
  /** For how long of every second the generator is stopped, as by SIGSTOP. */
  readonly stoppedMs: number;
  /** For how long the target stalls in the middle of the run. */
  readonly stallMs?: number;
}

async function verdictOn({ answerMs, stoppedMs, stallMs = 0 }: Circumstances): Promise<Verdict> {
  const rng = rngFrom(3, 'answers');
  const stallFromNs = (SECONDS / 2) * NS_PER_SEC;
  const stallToNs = stallFromNs + stallMs * NS_PER_MS;
  const run = new TestRun({
    ratePerSec: 500,
    durationNs: SECONDS * NS_PER_SEC,
    process: 'poisson',
    connections: 400,
    generatorClock: (clock) => stoppedClock(clock, stoppedMs * NS_PER_MS),
    answer: (_call, sentNs) => {
      const isStalled = sentNs >= stallFromNs && sentNs < stallToNs;
      const fromNs = isStalled ? stallToNs : sentNs;
      return { atNs: fromNs + Math.round(answerMs * NS_PER_MS * (0.8 + 0.4 * rng.nextFloat())) };
    },
  });
  await run.whole();
  const phases = [
    { ...first(runRecord().phases), name: 'phase 0', toNs: SECONDS * NS_PER_SEC, measured: true },
  ];
  const source = memorySource({
    run: runRecord({ phases }),
    seconds: run.slices.flatMap((slice) => slice.histograms),
    counters: run.slices.flatMap((slice) => slice.counters),
  });
  return evaluateThresholds([], await analyzeRun(source, 'latest'));
}

/** Nothing fires in the first `stoppedNs` of a second; what fell due then fires at its end. */
function stoppedClock(clock: Clock, stoppedNs: Ns): Clock {
  return {
    originEpochMs: clock.originEpochMs,
    nowNs: () => clock.nowNs(),
    after: (delayNs, fire) => {
      const atNs = clock.nowNs() + Math.max(0, delayNs);
      const leftNs = stoppedNs - (atNs % NS_PER_SEC);
      return clock.after(Math.max(0, delayNs) + Math.max(0, leftNs), fire);
    },
  };
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error('unreachable: there is one');
  return item;
}
