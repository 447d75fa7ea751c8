import { describe, expect, it } from 'vitest';

import { backlogGrowth } from '../../src/capacity/backlog.ts';
import { NS_PER_MS, NS_PER_SEC, type HistogramSlice, type RunPhase } from '../../src/core/index.ts';

const FROM_SECOND = 20;
const PER_SEC = 100;
const phase: RunPhase = {
  name: 'find@100/s#1',
  fromNs: FROM_SECOND * NS_PER_SEC,
  toNs: (FROM_SECOND + 12) * NS_PER_SEC,
  model: 'open',
  measured: true,
};

/**
 * Returns the seconds of a step that is reached `offsetSec` after its arrival, by all of the
 * phase's arrivals and none from before; its response time by the second of the phase in which it
 * began.
 */
function stepSeconds(
  step: string,
  offsetSec: number,
  responseMsAt: (second: number) => number,
): readonly HistogramSlice[] {
  const common = {
    phase: phase.name,
    target: 't',
    outcome: 'ok',
    clock: 'response',
    step,
  } as const;
  return Array.from({ length: 13 }, (_, i) => Math.floor(i + offsetSec)).map((second, i) => {
    const part = i === 0 || i === 12 ? (i === 0 ? 1 - (offsetSec % 1) : offsetSec % 1) : 1;
    return {
      ...common,
      second: FROM_SECOND + second,
      valueNs: [responseMsAt(second) * NS_PER_MS],
      count: [Math.round(PER_SEC * part)],
    };
  });
}

describe('by how much a queue grew', () => {
  it('is nothing while calls take as long at the end as at the beginning', () => {
    expect(
      backlogGrowth(
        phase,
        stepSeconds('a', 0, () => 2_000),
      ),
    ).toBeCloseTo(0);
  });

  it('is what came and did not go', () => {
    // 10 calls a second more come than go: the wait grows by 100 ms a second, to 10 * 12 calls;
    // those of the first 3 s, on the average, had waited for 1 s.
    const growth = backlogGrowth(
      phase,
      stepSeconds('a', 0, (second) => 100 * second),
    );
    expect(growth).toBeGreaterThan(80);
    expect(growth).toBeLessThan(110);
  });

  it.each([1, 3.5, 8])('is nothing for steps after a pause of %f s', (pauseSec) => {
    const flow = [
      ...stepSeconds('a', 0, () => 1_000),
      ...stepSeconds('b', 1 + pauseSec, () => 2_000),
    ];
    expect(Math.abs(backlogGrowth(phase, flow))).toBeLessThan(1);
  });

  it('is seen of a later step too', () => {
    const flow = [
      ...stepSeconds('a', 0, () => 1_000),
      ...stepSeconds('b', 2, (second) => 300 * (second - 2)),
    ];
    expect(backlogGrowth(phase, flow)).toBeGreaterThan(150);
  });
});
