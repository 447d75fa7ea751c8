import { describe, expect, it } from 'vitest';

import {
  kneesOf,
  nextStep,
  type RateEvaluation,
  type RateVerdict,
  type SpoiltProbe,
} from '../../src/capacity/index.ts';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { searchSpec } from './simulated-server.ts';

const SPEC = searchSpec({
  objective: 'call.response p(50) < 50ms',
  fromPerSec: 50,
  toPerSec: 300,
  precisionRatio: 0.1,
});

function spoilt(phase: string): SpoiltProbe {
  return { phase, reason: '2.0% of the arrivals were let go more than 10.0 ms late' };
}

function rate(ratePerSec: number, verdict: RateVerdict, probes = 1, p99Ms = 0): RateEvaluation {
  const names = Array.from({ length: probes }, (_, i) => `find@${ratePerSec}/s#${i}`);
  const estimate = {
    kind: 'known',
    percent: 99,
    n: 1_000,
    designEffect: 1,
    valueNs: p99Ms * NS_PER_MS,
    atLeast: false,
    lowerNs: 0,
    upperNs: 0,
    upperAtLeast: false,
  } as const;
  return {
    ratePerSec,
    verdict,
    probes: names,
    spoiltProbes: verdict === 'generator' ? names.map(spoilt) : [],
    ranNs: 0,
    longestNs: 0,
    arrivals: 0,
    droppedArrivals: 0,
    backlog: 0,
    achievedPerSec: 0,
    objectives: [],
    p50: undefined,
    p99: p99Ms > 0 ? estimate : undefined,
    reason: '',
  };
}

/** Returns the rate that is probed next and for how many seconds, or why the search ends. */
function next(...rates: readonly RateEvaluation[]): readonly [number, number] | string {
  const step = nextStep(SPEC, rates);
  if (step.kind === 'done') return step.end;
  return [step.probe.ratePerSec, step.probe.durationNs / NS_PER_SEC];
}

const low = rate(50, 'meets');
const middle = rate(100, 'meets');

describe('what a search does next', () => {
  it('goes up by factors of two, to the highest rate at the most', () => {
    expect(next()).toEqual([50, 10]);
    expect(next(low)).toEqual([100, 10]);
    expect(next(low, middle, rate(200, 'meets'))).toEqual([300, 10]);
  });

  it('stays within what was asked for where a rate has more than four digits', () => {
    const spec = { ...SPEC, fromPerSec: 100.26, toPerSec: 123.456 };
    const perSec = (...rates: readonly RateEvaluation[]): number => {
      const step = nextStep(spec, rates);
      return step.kind === 'probe' ? step.probe.ratePerSec : Number.NaN;
    };
    expect(perSec()).toBe(100.3);
    expect(perSec(rate(100.3, 'meets'))).toBe(123.456);
    spec.fromPerSec = 100.24;
    expect(perSec()).toBe(100.24);
  });

  it('narrows between the highest that meets and the lowest that misses', () => {
    expect(next(low, middle, rate(200, 'misses'))).toEqual([141.4, 10]);
    expect(next(low, middle, rate(141.4, 'misses'), rate(200, 'misses'))).toEqual([118.9, 10]);
  });

  it('probes what is undecided again, each time twice as long, and then goes round it', () => {
    const missed = rate(200, 'misses');
    expect(next(low, middle, rate(141.4, 'undecided', 1), missed)).toEqual([141.4, 20]);
    expect(next(low, middle, rate(141.4, 'undecided', 2), missed)).toEqual([141.4, 40]);
    expect(next(low, middle, rate(141.4, 'undecided', 3), missed)).toEqual([118.9, 10]);
    const below = rate(132, 'meets');
    expect(next(low, middle, below, rate(141.4, 'undecided', 3), missed)).toEqual([168.2, 10]);
  });

  it('probes both ends once more before it ends', () => {
    const ends = [rate(105, 'misses'), rate(200, 'misses')];
    expect(next(low, middle, ...ends)).toEqual([100, 10]);
    expect(next(low, rate(100, 'meets', 2), ...ends)).toEqual([105, 10]);
    expect(next(low, rate(100, 'meets', 2), rate(105, 'misses', 2))).toBe('precision');
  });

  it('does not take for the capacity what meets above a rate that misses', () => {
    expect(next(low, rate(100, 'misses'), rate(200, 'meets'))).toEqual([70.71, 10]);
  });

  it('ends where even the lowest rate misses, or even the highest meets', () => {
    expect(next(rate(50, 'misses'))).toBe('from');
    expect(next(low, middle, rate(200, 'meets'), rate(300, 'meets', 2))).toBe('range');
  });

  it('ends upward where the generator was at fault twice', () => {
    expect(next(low, middle, rate(200, 'generator', 1))).toEqual([200, 10]);
    const unsent = rate(105, 'generator', 2);
    expect(next(low, middle, unsent)).toEqual([100, 10]);
    expect(next(low, rate(100, 'meets', 2), unsent)).toBe('generator');
    expect(next(rate(50, 'generator', 2))).toBe('generator');
  });

  it('narrows towards what the generator could not send, where a rate may miss too', () => {
    const unsent = rate(200, 'generator', 2);
    expect(next(low, middle, unsent)).toEqual([141.4, 10]);
    expect(next(low, middle, rate(141.4, 'misses'), unsent)).toEqual([118.9, 10]);
    expect(next(low, middle, rate(141.4, 'generator', 2), unsent)).toEqual([118.9, 10]);
  });

  it('does not go on for ever with an end whose probes the generator spoils', () => {
    const missed = rate(105, 'misses', 2);
    const by = (count: number): RateEvaluation => ({
      ...middle,
      spoiltProbes: Array.from({ length: count }, (_, i) => spoilt(`find@100/s#${i + 9}`)),
    });
    expect(next(low, by(2), missed)).toEqual([100, 10]);
    expect(next(low, by(3), missed)).toBe('precision');
  });

  it('ends undecided where nothing could be told', () => {
    const open = [50, 100, 200, 300].map((perSec) => rate(perSec, 'undecided', 3));
    expect(next(...open)).toBe('undecided');
  });

  it('takes longer for a percentile that wants more calls, eight times at the most', () => {
    const spec = searchSpec({ objective: 'call.response p(99) < 50ms' });
    const at = (fromPerSec: number): number => {
      const step = nextStep({ ...spec, fromPerSec }, []);
      return step.kind === 'probe' ? step.probe.durationNs / NS_PER_SEC : 0;
    };
    expect([at(1_000), at(50), at(1)]).toEqual([10, 23, 80]);
  });
});

describe('the knee', () => {
  it('is where the percentile begins to grow faster than the rate, with its neighbours', () => {
    const flat = [50, 100, 200, 400].map((perSec) => rate(perSec, 'meets', 1, 10));
    const steep = [rate(500, 'misses', 1, 100), rate(600, 'misses', 1, 1_000)];
    expect(kneesOf([...flat, ...steep])).toMatchObject([
      { percent: 99, ratePerSec: 400, lowerPerSec: 200, upperPerSec: 500 },
    ]);
  });

  it('is none of a straight line, of few rates, or of what has not grown', () => {
    const line = [1, 2, 4, 8, 16].map((perSec) => rate(perSec, 'meets', 1, perSec));
    expect(kneesOf(line)).toEqual([]);
    expect(kneesOf([rate(1, 'meets', 1, 1), rate(2, 'meets', 1, 9)])).toEqual([]);
    expect(kneesOf([1, 2, 4, 8, 16].map((perSec) => rate(perSec, 'meets', 1, 7)))).toEqual([]);
  });
});
