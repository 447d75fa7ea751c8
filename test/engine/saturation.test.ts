import { describe, expect, it } from 'vitest';
import {
  CANCELLED,
  type Clock,
  NS_PER_MS,
  NS_PER_SEC,
  OK,
  type Timer,
} from '../../src/core/index.ts';
import type { LiveCall, Saturator, SaturatorEvents } from '../../src/engine/index.ts';
import type { PhaseSpec } from '../../src/scenario/index.ts';
import type { SaturatedPhase } from '../../src/schedule/index.ts';
import { quantile, total, VirtualRun } from './virtual-run.ts';

const MS = NS_PER_MS;

/** Calls one after another on each connection, each answered after `serviceMs`. */
class ModelledSaturator implements Saturator {
  readonly startedAtMs: number[] = [];
  readonly #clock: Clock;
  readonly #events: SaturatorEvents;
  readonly #connections: number;
  readonly #serviceMs: number;
  readonly #underWay = new Map<LiveCall, Timer>();
  #isStopped = false;

  constructor(
    clock: Clock,
    { connections }: SaturatedPhase,
    events: SaturatorEvents,
    serviceMs: number,
  ) {
    this.#clock = clock;
    this.#connections = connections;
    this.#events = events;
    this.#serviceMs = serviceMs;
  }

  start(): void {
    this.startedAtMs.push(this.#clock.nowNs() / MS);
    for (let i = 0; i < this.#connections; i++) this.#call();
  }

  stop(): void {
    this.#isStopped = true;
  }

  close(): void {
    this.stop();
    for (const [call, timer] of [...this.#underWay]) {
      timer.cancel();
      this.#end(call, CANCELLED);
    }
  }

  #call(): void {
    if (this.#isStopped) return;
    const call = this.#events.calling();
    call.sentNs = this.#clock.nowNs();
    const timer = this.#clock.after(this.#serviceMs * MS, () => {
      this.#end(call, OK);
      this.#call();
    });
    this.#underWay.set(call, timer);
  }

  #end(call: LiveCall, outcome: typeof OK | typeof CANCELLED): void {
    this.#underWay.delete(call);
    call.firstByteNs = -1;
    call.endNs = this.#clock.nowNs();
    call.outcome = outcome;
    call.status = 0;
    call.bytesIn = 0;
    call.bytesOut = 0;
    call.error = '';
    this.#events.finished(call);
  }
}

function saturated(connections: number, ms: number): PhaseSpec {
  const load = { connections, pipelining: 1 };
  return { name: 'full', flow: 'flow', saturate: load, durationNs: ms * MS, measure: true };
}

function open(ratePerSec: number, ms: number): PhaseSpec {
  const durationNs = ms * MS;
  const pieces = [{ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs }];
  const arrivals = { process: 'constant', pieces } as const;
  return { name: 'open', flow: 'flow', arrivals, durationNs, measure: true };
}

function runOf(
  load: readonly PhaseSpec[],
  serviceMs: number,
  gracefulStopNs = 30 * NS_PER_SEC,
): { run: VirtualRun; saturators: ModelledSaturator[] } {
  const saturators: ModelledSaturator[] = [];
  const run = new VirtualRun({
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
      expect(total(run.histogram(clock))).toBe(80);
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
