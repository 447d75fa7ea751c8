import { describe, expect, it } from 'vitest';
import type { RecordSlice } from '../../src/record/index.ts';
import { MergedSeconds } from '../../src/sender/merged-seconds.ts';

const second = (at: number, arrivals: number): RecordSlice => ({
  second: at,
  histograms: [],
  counters: [{ second: at, phase: 'steady', step: '', counter: 'arrivals', value: arrivals }],
  errors: [],
  connectErrors: [],
  kept: [],
  held: [],
});

function joined(): { seconds: MergedSeconds; out: string[] } {
  const out: string[] = [];
  const seconds = new MergedSeconds(2, (slice) => {
    out.push(`${slice.second}: ${slice.counters.map(({ value }) => value).join('+')}`);
  });
  return { seconds, out };
}

describe('the seconds of several workers', () => {
  it('come once each, when all workers have given theirs', () => {
    const { seconds, out } = joined();
    seconds.add(0, second(0, 1));
    seconds.add(0, second(1, 2));
    expect(out).toEqual([]);
    seconds.add(1, second(0, 10));
    expect(out).toEqual(['0: 1+10']);
    seconds.add(1, second(1, 20));
    expect(out).toEqual(['0: 1+10', '1: 2+20']);
  });

  it('go on without a worker that has ended', () => {
    const { seconds, out } = joined();
    seconds.add(0, second(0, 1));
    seconds.add(1, second(0, 10));
    seconds.end(1);
    seconds.add(0, second(1, 2));
    seconds.end(0);
    expect(out).toEqual(['0: 1+10', '1: 2']);
  });
});
