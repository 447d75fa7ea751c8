import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, VirtualClock, type Ns } from '../../src/core/index.ts';
import type { EngineResult } from '../../src/engine/index.ts';
import type { EarlyEnd, LoadJudge } from '../../src/run/index.ts';
import { JudgedLoad } from '../../src/run/judged-load.ts';
import { scheduleOf } from '../../src/schedule/index.ts';
import { testPhase } from '../engine/test-scenario.ts';

const SEC = NS_PER_SEC;

interface Case {
  /** Of two phases together, the second with what it may go on. */
  readonly lengthsNs: readonly [Ns, Ns];
  readonly extendNs?: Ns;
  readonly answers: (second: number) => ReturnType<LoadJudge['second']>;
}

/** A load that its judge is shown second by second, each 10 ms after it has ended. */
class Shown {
  readonly asked: number[] = [];
  readonly ends: Ns[] = [];
  broke = 0;
  readonly #clock = new VirtualClock();
  readonly #load: JudgedLoad;
  readonly #schedule: ReturnType<typeof scheduleOf>;

  constructor({ lengthsNs, extendNs = 0, answers }: Case) {
    const load = lengthsNs.map((durationNs, i) =>
      testPhase(`p${i}`, { ratePerSec: 1, durationNs }),
    );
    this.#schedule = scheduleOf({ seed: 1, load });
    this.#load = new JudgedLoad({
      judge: {
        extendNs,
        boundReason: 'still open',
        second: ({ second }) => {
          this.asked.push(second);
          return answers(second);
        },
      },
      schedule: this.#schedule,
      endAt: ({ atNs }) => this.ends.push(atNs),
      broke: () => this.broke++,
    });
  }

  /** Answers that are promised are there within the same second. */
  async seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second++) {
      this.#clock.advance((second + 1) * SEC + 10 * NS_PER_MS - this.#clock.nowNs());
      const slice = { second, histograms: [], counters: [], errors: [], connectErrors: [] };
      this.#load.second({ ...slice, kept: [], held: [] }, this.#clock);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
  }

  sent(result: Partial<EngineResult> = {}) {
    const { phases } = this.#schedule;
    const endedNs = this.ends[0] ?? this.#schedule.durationNs;
    return this.#load.sent({ phases, endedNs, stopped: false, ...result } as EngineResult);
  }
}

const decided: EarlyEnd = { kind: 'decided', reason: 'it is known' };

describe('a load that is judged while it goes on', () => {
  it('ends at the next whole second, with the phases up to there as they took place', async () => {
    const shown = new Shown({
      lengthsNs: [3 * SEC, 10 * SEC],
      answers: (second) => (second === 4 ? decided : undefined),
    });
    await shown.seconds(8);
    expect(shown.asked).toEqual([0, 1, 2, 3, 4]);
    expect(shown.ends).toEqual([6 * SEC]);
    expect(shown.sent()).toMatchObject({
      phases: [
        { name: 'p0', fromNs: 0, toNs: 3 * SEC },
        { name: 'p1', fromNs: 3 * SEC, toNs: 6 * SEC },
      ],
      untilNs: 6 * SEC,
      loadEnd: { ...decided, atNs: 6 * SEC, plannedNs: 13 * SEC },
      stopped: false,
    });
  });

  it('leaves out phases that did not begin', async () => {
    const shown = new Shown({ lengthsNs: [3 * SEC, SEC], answers: () => decided });
    await shown.seconds(3);
    expect(shown.sent().phases.map(({ name, toNs }) => [name, toNs])).toEqual([['p0', 2 * SEC]]);
  });

  it('heeds an answer that is promised, and the first of several', async () => {
    const late = Promise.withResolvers<EarlyEnd>();
    const shown = new Shown({
      lengthsNs: [10 * SEC, SEC],
      answers: (second) => (second === 0 ? late.promise : second === 2 ? decided : undefined),
    });
    await shown.seconds(4);
    late.resolve({ kind: 'failed', reason: 'too late' });
    await shown.seconds(4);
    expect(shown.ends).toEqual([4 * SEC]);
    expect(shown.sent().loadEnd).toMatchObject(decided);
  });

  it('goes on to the bound where nothing decides, and says so', async () => {
    const shown = new Shown({
      lengthsNs: [2 * SEC, 5 * SEC],
      extendNs: 4 * SEC,
      answers: () => undefined,
    });
    await shown.seconds(7);
    expect(shown.ends).toEqual([]);
    expect(shown.sent()).toMatchObject({
      phases: [{}, { toNs: 7 * SEC }],
      loadEnd: { kind: 'bound', reason: 'still open', atNs: 7 * SEC, plannedNs: 3 * SEC },
    });
  });

  it('is as any other run where it ends as planned', async () => {
    const planned = { ...decided, atNs: 3 * SEC };
    const shown = new Shown({
      lengthsNs: [2 * SEC, 5 * SEC],
      extendNs: 4 * SEC,
      answers: (second) => (second === 1 ? planned : undefined),
    });
    await shown.seconds(4);
    const sent = shown.sent();
    expect(sent).toMatchObject({ phases: [{}, { toNs: 3 * SEC }], untilNs: 3 * SEC });
    expect(sent).not.toHaveProperty('loadEnd');
  });

  it('is as long as planned, and partial, where the user stops it', () => {
    const shown = new Shown({
      lengthsNs: [2 * SEC, 5 * SEC],
      extendNs: 4 * SEC,
      answers: () => undefined,
    });
    const sent = shown.sent({ stopped: true, endedNs: SEC });
    expect(sent).toMatchObject({ stopped: true, phases: [{}, { toNs: 3 * SEC }] });
    expect(sent).not.toHaveProperty('loadEnd');
  });

  it.each([
    ['throws', () => invalid()],
    ['rejects', async () => invalid()],
  ])('ends at once where the judge %s, and fails with that', async (_how, answers) => {
    const shown = new Shown({ lengthsNs: [5 * SEC, SEC], answers });
    await shown.seconds(1);
    expect(shown.broke).toBe(1);
    expect(() => shown.sent()).toThrow('a bug');
  });
});

function invalid(): never {
  throw new Error('a bug');
}
