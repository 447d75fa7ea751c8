import { describe, expect, it } from 'vitest';
import { countOf, NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import type { ReadyPhase } from '../../src/scenario/index.ts';
import { ModelledSaturator } from '../../src/simulate/index.ts';
import { quantile } from './slice-numbers.ts';
import { TestRun } from './test-run.ts';

const MS = NS_PER_MS;

function saturated(connections: number, ms: number): ReadyPhase {
  const load = { connections, pipelining: 1 };
  return { name: 'full', flow: 'flow', saturate: load, durationNs: ms * MS, measure: true };
}

function open(ratePerSec: number, ms: number): ReadyPhase {
  const durationNs = ms * MS;
  const pieces = [{ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs }];
  const arrivals = { process: 'constant', pieces } as const;
  return { name: 'open', flow: 'flow', arrivals, durationNs, measure: true };
}

function runOf(
  load: readonly ReadyPhase[],
  serviceMs: number,
  gracefulStopNs = 30 * NS_PER_SEC,
): { run: TestRun; saturators: ModelledSaturator[] } {
  const saturators: ModelledSaturator[] = [];
  const run = new TestRun({
    load,
    gracefulStopNs,
    saturatorFor: (clock) => (phase, events) => {
      const saturator = new ModelledSaturator(clock, phase, events, serviceMs);
      saturators.push(saturator);
      return saturator;
    },
  });
  return { run, saturators };
}

describe('a saturated phase', () => {
  it('begins when the phase before it ends, and makes calls until its own end', async () => {
    const { run, saturators } = runOf([open(10, 1_000), saturated(4, 1_000), open(10, 500)], 10);
    const result = await run.whole();
    expect(saturators.map((saturator) => saturator.startedAtMs)).toEqual([[1_000]]);
    expect(result.arrivals).toBe(10 + 4 * 100 + 5);
    expect(result.finished).toMatchObject({ ok: result.arrivals, cancelled: 0, dropped: 0 });
    expect(run.driver().started).toHaveLength(15);
    expect(result).toMatchObject({ stopped: false, endedNs: 2_500 * MS });
  });

  it('is recorded as the calls of any phase', async () => {
    const { run } = runOf([saturated(2, 1_000)], 25);
    await run.whole();
    for (const clock of ['service', 'response', 'corrected'] as const) {
      expect(countOf(run.histogram(clock))).toBe(80);
      expect(Math.abs(quantile(run.histogram(clock), 0.5) / (25 * MS) - 1)).toBeLessThan(0.01);
    }
  });

  it('lets calls under way finish after its end, within the grace', async () => {
    const finished = await runOf([saturated(3, 1_000)], 700).run.whole();
    expect(finished).toMatchObject({ arrivals: 6, endedNs: 1_400 * MS, stopped: false });
    const cut = await runOf([saturated(3, 1_000)], 700, 100 * MS).run.whole();
    expect(cut.finished).toMatchObject({ ok: 3, cancelled: 3 });
    expect(cut.endedNs).toBe(1_100 * MS);
  });

  it('ends within the grace of a stop', async () => {
    const { run } = runOf([saturated(3, 60_000)], 700);
    run.engine.begin();
    run.clock.advance(1_000 * MS);
    run.engine.stop(200 * MS);
    run.clock.advance(1_000 * MS);
    const result = await run.engine.ended;
    expect(result).toMatchObject({ arrivals: 6, endedNs: 1_200 * MS, stopped: true });
    expect(result.finished).toMatchObject({ ok: 3, cancelled: 3 });
  });

  it('never begins where the run is stopped before it', async () => {
    const { run, saturators } = runOf([open(10, 1_000), saturated(3, 1_000)], 10);
    run.engine.begin();
    run.clock.advance(500 * MS);
    run.engine.stop(100 * MS);
    run.clock.advance(5_000 * MS);
    await run.engine.ended;
    expect(saturators[0]?.startedAtMs).toEqual([]);
  });
});
