import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ns, NS_PER_MS, NS_PER_SEC, OUTCOMES, TIMEOUT } from '../../src/core/index.ts';
import type { EngineResult, LiveCall } from '../../src/engine/index.ts';
import type { ArrivalProcess } from '../../src/scenario/index.ts';
import { mergedResult } from '../../src/sender/merged-result.ts';
import type { Answer } from '../../src/simulate/index.ts';
import { TestRun } from './test-run.ts';

/** A target that takes its time by the arrival alone, as every generator of the run meets it. */
function answer({ seq }: LiveCall, sentNs: Ns): Answer {
  return seq % 11 === 3
    ? { atNs: sentNs + NS_PER_SEC, outcome: TIMEOUT }
    : { atNs: sentNs + (1 + (seq % 7)) * NS_PER_MS };
}

interface Load {
  readonly process: ArrivalProcess;
  readonly ratePerSec: number;
  readonly seed: number;
}

async function carriedOut(
  load: Load,
  count: number,
): Promise<{ result: EngineResult; sent: readonly string[] }> {
  const runs = Array.from({ length: count }, (_, index) => {
    return new TestRun({ ...load, durationNs: NS_PER_SEC, answer, shard: { index, count } });
  });
  const results = await Promise.all(runs.map((run) => run.whole()));
  const sent = runs.flatMap((run) =>
    run.driver().started.map(({ seq, spanSeq, intendedNs, sentNs }) => {
      return [seq, spanSeq, intendedNs, sentNs].join(' ');
    }),
  );
  return { result: mergedResult(results), sent: sent.toSorted() };
}

describe('a schedule that several generators share', () => {
  it.each([1, 2, 7])('is the unsplit one when their parts are joined (%i)', async (count) => {
    const load = fc.record({
      process: fc.constantFrom<ArrivalProcess>('constant', 'poisson'),
      ratePerSec: fc.integer({ min: 1, max: 300 }),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    });
    await fc.assert(
      fc.asyncProperty(load, async (spec) => {
        const whole = await carriedOut(spec, 1);
        const parts = await carriedOut(spec, count);
        expect(parts.sent).toEqual(whole.sent);
        expect(parts.result).toEqual(whole.result);
        const ended = OUTCOMES.reduce((sum, o) => sum + parts.result.finished[o], 0);
        expect(ended).toBe(parts.result.arrivals);
      }),
      { numRuns: 30 },
    );
  });

  it('ends at the last iteration, also for a generator that has no part in it', async () => {
    const users = { count: 1, iterations: 0, think: { minNs: 0, maxNs: 0 } };
    const phase = {
      name: 'few',
      flow: 'flow',
      users,
      durationNs: 3_600 * NS_PER_SEC,
      measure: true,
    };
    const run = new TestRun({ load: [phase], shard: { index: 1, count: 2 } });
    expect(await run.whole()).toMatchObject({ arrivals: 0, endedNs: 0, stopped: false });
  });
});
