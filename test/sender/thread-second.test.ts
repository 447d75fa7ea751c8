import { describe, expect, it } from 'vitest';
import { systemClock, type RunPhase, VirtualClock } from '../../src/core/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';
import { LoopWatch } from '../../src/sender/loop-watch.ts';
import { ThreadHealth } from '../../src/sender/thread-health.ts';
import { withThreadSecond } from '../../src/sender/thread-second.ts';
import { runRecord } from '../analyze/memory-source.ts';

const PHASES: readonly RunPhase[] = runRecord().phases;
const THREAD = {
  watchedNs: 1e9,
  cpuNs: 2e8,
  loopBusyNs: 1e8,
  runDelayNs: 0,
  gcPauseNs: 3e6,
  gcPauses: { valueNs: [1e6, 2e6], count: [1, 1] },
};

describe("a second with its thread's", () => {
  it('keeps what it held, and has the counters that are not 0 and the pauses', () => {
    const slice: RecordSlice = {
      second: 4,
      histograms: [],
      counters: [{ second: 4, phase: 'warm-up', step: '', counter: 'arrivals', value: 9 }],
      errors: [],
      connectErrors: [],
      kept: [],
      held: [],
    };
    const { counters, histograms } = withThreadSecond(slice, THREAD, PHASES);
    expect(counters.map((c) => [c.phase, c.counter, c.value])).toEqual([
      ['warm-up', 'arrivals', 9],
      ['warm-up', 'sender_ns', 1e9],
      ['warm-up', 'sender_cpu_ns', 2e8],
      ['warm-up', 'loop_busy_ns', 1e8],
      ['warm-up', 'gc_pause_ns', 3e6],
    ]);
    expect(histograms).toMatchObject([{ clock: 'gc', phase: 'warm-up', ...THREAD.gcPauses }]);
  });

  it.each([
    [0, 'warm-up'],
    [4, 'warm-up'],
    [5, 'steady'],
    [34, 'steady'],
    [36, 'steady'],
  ])('is of the phase in which it lies: second %i in %s', (second, phase) => {
    const empty: RecordSlice = {
      second,
      histograms: [],
      counters: [],
      errors: [],
      connectErrors: [],
      kept: [],
      held: [],
    };
    const { counters } = withThreadSecond(empty, THREAD, PHASES);
    expect(new Set(counters.map((c) => c.phase))).toEqual(new Set([phase]));
  });
});

describe('the health of a thread', () => {
  it('is of the time since it was last asked', () => {
    const clock = systemClock();
    const health = new ThreadHealth(clock);
    work();
    const beforeNs = clock.nowNs();
    health.take();
    const fromNs = clock.nowNs();
    work();
    const toNs = clock.nowNs();
    const second = health.take();
    const afterNs = clock.nowNs();
    health.stop();
    expect(second.watchedNs).toBeGreaterThanOrEqual(toNs - fromNs);
    expect(second.watchedNs).toBeLessThanOrEqual(afterNs - beforeNs);
    expect(second.cpuNs).toBeGreaterThan(0);
    expect(second.runDelayNs).toBeGreaterThanOrEqual(0);
  });
});

describe('the watch over a loop', () => {
  it('bounds how long an answer lay there by the time that the loop was busy in this turn', async () => {
    const clock = systemClock();
    const watch = new LoopWatch(clock);
    watch.begin();
    await turn();
    const before = watch.unreadForNs(clock.nowNs());
    const fromNs = clock.nowNs();
    work();
    const busyNs = clock.nowNs() - fromNs;
    const after = watch.unreadForNs(clock.nowNs());
    expect(after - before).toBeGreaterThanOrEqual(busyNs * 0.9);
    const workedNs = clock.nowNs();
    await turn();
    const nowNs = clock.nowNs();
    expect(watch.unreadForNs(nowNs)).toBeLessThanOrEqual(nowNs - workedNs);
    watch.stop();
  });

  it('counts as busy only the turns in which an answer was read', async () => {
    const clock = systemClock();
    const watch = new LoopWatch(clock);
    watch.begin();
    await turn();
    watch.takeBusyNs();
    work();
    await turn();
    expect(watch.takeBusyNs()).toBe(0);
    watch.unreadForNs(clock.nowNs());
    const fromNs = clock.nowNs();
    work();
    const workedNs = clock.nowNs() - fromNs;
    await turn();
    expect(watch.takeBusyNs()).toBeGreaterThanOrEqual(workedNs * 0.9);
    watch.stop();
  });

  it('is told of a turn by who is there anyway', () => {
    const clock = new VirtualClock();
    const watch = new LoopWatch(clock);
    const turns: (() => void)[] = [];
    watch.begin((each) => turns.push(each));
    clock.advance(100);
    turns[0]?.();
    clock.advance(30);
    // It may have come while the poll before was read; in a virtual turn nobody sleeps.
    expect(watch.unreadForNs(clock.nowNs())).toBe(130);
    turns[0]?.();
    expect(watch.takeBusyNs()).toBe(30);
    watch.stop();
    clock.advance(5);
    turns[0]?.();
    expect(watch.takeBusyNs()).toBe(0);
  });

  it('is never below 0', () => {
    const watch = new LoopWatch(systemClock());
    expect(watch.unreadForNs(-5)).toBe(0);
  });
});

/** Some ten milliseconds of computing. */
function work(): number {
  let sum = 0;
  for (let i = 0; i < 2e7; i++) sum += Math.sqrt(i);
  return sum;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
