import { describe, expect, it } from 'vitest';

import { evaluateRate, ProbeSlices, type RateEvaluation } from '../../src/capacity/index.ts';
import {
  NS_PER_MS,
  NS_PER_SEC,
  type CallClock,
  type HistogramSlice,
  type RunPhase,
} from '../../src/core/index.ts';
import { thresholdOf } from './simulated-server.ts';

const RATE = 100;
const SECONDS = 20;
const phase: RunPhase = {
  name: `find@${RATE}/s#1`,
  fromNs: 0,
  toNs: SECONDS * NS_PER_SEC,
  model: 'open',
  measured: true,
};

/**
 * Evaluates a probe whose calls take as long as is said by each clock, by the second they began in.
 */
function evaluate(
  objective: string,
  msOf: Partial<Record<CallClock, (second: number) => number>>,
): Promise<RateEvaluation> {
  const common = { phase: phase.name, step: 'call', target: 'target', outcome: 'ok' } as const;
  const slices = new ProbeSlices();
  for (const [clock, msAt] of Object.entries(msOf)) {
    const histograms = Array.from({ length: SECONDS }, (_, second): HistogramSlice => ({
      ...common,
      clock: clock as CallClock,
      second,
      valueNs: [msAt(second) * NS_PER_MS],
      count: [RATE],
    }));
    const value = RATE * SECONDS;
    slices.add({
      histograms,
      connectErrors: [],
      counters:
        clock === 'response'
          ? [{ second: 0, phase: phase.name, step: '', counter: 'arrivals', value }]
          : [],
    });
  }
  return evaluateRate([thresholdOf(objective)], RATE, [slices.numbersOf(phase)]);
}

describe('what a probe says of its rate', () => {
  it('judges an objective of service time by that, whatever waited before it was sent', async () => {
    const slow = { response: () => 80, service: () => 10 };
    expect(await evaluate('call.service p(95) < 50ms', slow)).toMatchObject({ verdict: 'meets' });
    expect(await evaluate('call.response p(95) < 50ms', slow)).toMatchObject({ verdict: 'misses' });
    const slowed = { response: () => 80, service: () => 70 };
    expect(await evaluate('call.service p(95) < 50ms', slowed)).toMatchObject({
      verdict: 'misses',
      reason: 'call.service p(95) < 50ms: 70.0 ms, 40% over',
    });
  });

  it('says what the generator did to a probe that it spoilt', async () => {
    const late = { response: () => 80, corrected: () => 10, service: () => 10 };
    const { verdict, spoiltProbes } = await evaluate('call.service p(95) < 50ms', late);
    expect(verdict).toBe('generator');
    expect(spoiltProbes).toEqual([
      {
        phase: phase.name,
        reason: expect.stringMatching(/^call: 80\.0 ms of response time at p/u),
      },
    ]);
  });

  it('says of a queue whether it surely grew, or chance may have led it there', async () => {
    const growing = (msPerSec: number): Promise<RateEvaluation> =>
      evaluate('call.errors rate < 50%', { response: (second) => msPerSec * second });
    expect((await growing(1)).verdict).toBe('meets');
    const doubtful = await growing(50);
    expect(doubtful.verdict).toBe('undecided');
    expect(doubtful.reason).toMatch(
      /^the queue grew by \d+ calls: the target does not keep up, or it is chance$/u,
    );
    const sure = await growing(200);
    expect(sure.verdict).toBe('misses');
    expect(sure.reason).toMatch(/^the queue grew by \d+ calls: the target does not keep up$/u);
  });
});
