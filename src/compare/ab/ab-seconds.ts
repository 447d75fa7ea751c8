import type { CounterSlice, HistogramSlice } from '../../core/index.ts';
import { callCounts, FINE_BUCKET_RATIO } from '../run-digest.ts';
import type { AbPair, AbSecond } from './ab-second.ts';

/** Which steps of a run are A's and which B's. */
export interface AbSteps {
  readonly steps: readonly {
    readonly step: string;
    readonly a: string;
    readonly b: string;
    /** Whether the two are held against each other. */
    readonly isJudged: boolean;
  }[];
}

/** What a run recorded, of as many seconds as one likes; series may come in parts. */
export interface RecordedSeconds {
  /** Of the response times at least. */
  readonly histograms: readonly HistogramSlice[];
  /** The arrivals, and those that were dropped, at least. */
  readonly counters: readonly CounterSlice[];
}

/**
 * Returns what both sides did in each second of some phases, in the order of the seconds; a second
 * that lies in two phases comes once for each of them. One in which nothing came is left out.
 */
export function abSeconds(
  { histograms, counters }: RecordedSeconds,
  { steps }: AbSteps,
  phases: readonly string[],
): readonly AbSecond[] {
  const isOf = ({ phase }: { readonly phase: string }): boolean => phases.includes(phase);
  const calls = Map.groupBy(
    histograms.filter((one) => one.clock === 'response' && isOf(one)),
    keyOf,
  );
  const counts = Map.groupBy(counters.filter(isOf), keyOf);
  const [ofA, ofB] = [new Set(steps.map(({ a }) => a)), new Set(steps.map(({ b }) => b))];
  const keys = [...new Set([...calls.keys(), ...counts.keys()])].map(partsOf);
  const inOrder = keys.toSorted(
    (one, other) =>
      one.second - other.second || phases.indexOf(one.phase) - phases.indexOf(other.phase),
  );
  return inOrder.map(({ second, phase }) => {
    const own = calls.get(keyOf({ second, phase })) ?? [];
    const counted = counts.get(keyOf({ second, phase })) ?? [];
    const pair = (counter: CounterSlice['counter']): AbPair => {
      const of = counted.filter((one) => one.counter === counter);
      return { a: sumOf(of, ofA), b: sumOf(of, ofB) };
    };
    return {
      second,
      phase,
      steps: steps
        .filter(({ isJudged }) => isJudged)
        .map(({ step, a, b }) => ({
          step,
          a: callCounts(named(own, a), FINE_BUCKET_RATIO),
          b: callCounts(named(own, b), FINE_BUCKET_RATIO),
        })),
      arrivals: pair('arrivals'),
      dropped: pair('dropped_arrivals'),
    };
  });
}

interface Key {
  readonly second: number;
  readonly phase: string;
}

function keyOf({ second, phase }: Key): string {
  return `${second} ${phase}`;
}

function partsOf(key: string): Key {
  const [, second = '', phase = ''] = /^(\d+) (.*)$/su.exec(key) ?? [];
  return { second: Number(second), phase };
}

function named(slices: readonly HistogramSlice[], step: string): readonly HistogramSlice[] {
  return slices.filter((one) => one.step === step);
}

function sumOf(counters: readonly CounterSlice[], steps: ReadonlySet<string>): number {
  return counters.reduce((sum, { step, value }) => (steps.has(step) ? sum + value : sum), 0);
}
