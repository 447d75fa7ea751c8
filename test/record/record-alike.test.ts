import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { HELD_COLUMNS } from '../../src/record/held-calls.ts';
import {
  type FinishedCall,
  HISTOGRAM_MAX_NS,
  Recorder,
  type RecorderOptions,
  type RecordSlice,
} from '../../src/record/index.ts';
import { sampleCall } from './sample-call.ts';

const options: RecorderOptions = {
  seed: 7,
  phases: ['steady', 'last'],
  targets: ['orders'],
  steps: [
    { name: 'create', target: 'orders' },
    { name: 'pay', target: 'orders' },
  ],
  keep: { headRatio: 0.1, errors: true, slowRatio: 0 },
  maxHeldPerSecond: 1_000,
  unreadForNs: (readNs) => (readNs % 7 === 0 ? -1 : readNs % 1_000),
};

/** Mostly of one series, now and then of another, or with an instant that is not known. */
const calls = fc.array(
  fc
    .record({
      phaseIndex: rarely(0, 1),
      stepIndex: rarely(0, 1),
      status: rarely(200, 201),
      second: rarely(3, 4),
      intendedNs: fc.nat(NS_PER_SEC - 1),
      lagNs: fc.oneof(fc.constant(0), fc.nat(1_000_000)),
      waitNs: fc.nat(1_000_000),
      firstByteAfterNs: fc.nat(10_000_000),
      bodyNs: fc.oneof(fc.nat(1_000_000), fc.constant(HISTOGRAM_MAX_NS)),
      hasFirstByte: rarely(true, false),
      isSent: rarely(true, false),
      bytesIn: fc.nat(1_000),
    })
    .map((of) => {
      const intendedNs = of.second * NS_PER_SEC + of.intendedNs;
      const seenNs = intendedNs + of.lagNs;
      const sentNs = seenNs + of.waitNs;
      const firstByteNs = sentNs + of.firstByteAfterNs;
      return {
        ...of,
        intendedNs,
        seenNs,
        sentNs: of.isSent ? sentNs : -1,
        firstByteNs: of.hasFirstByte ? firstByteNs : -1,
        endNs: firstByteNs + of.bodyNs,
      };
    }),
  { maxLength: 200 },
);

function rarely<T>(mostly: T, seldom: T): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 999, arbitrary: fc.constant(mostly) },
    { weight: 1, arbitrary: fc.constant(seldom) },
  );
}

interface Instants extends Partial<FinishedCall> {
  readonly phaseIndex: number;
  readonly lagNs: number;
}

/** Records calls; a slice after each leaves no two of them in one batch. */
function slicesOf(instants: readonly Instants[], isOneByOne: boolean): RecordSlice[] {
  const recorder = new Recorder(options);
  const slices: RecordSlice[] = [];
  for (const [seq, one] of instants.entries()) {
    recorder.arrival(one.phaseIndex, one.lagNs);
    recorder.record(sampleCall({ ...one, seq, spanSeq: seq }));
    if (isOneByOne) slices.push(recorder.takeSlice(9));
  }
  slices.push(recorder.takeSlice(9));
  return slices;
}

/** Adds up slices: counts by what they are of, and the calls that were kept and held. */
function sum(slices: readonly RecordSlice[]): unknown {
  const counts = new Map<string, number>();
  const add = (key: string, by: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + by);
  };
  for (const slice of slices) {
    for (const { valueNs, count, ...of } of slice.histograms) {
      valueNs.forEach((value, i) => add(`${JSON.stringify(of)} ${value}`, count[i] ?? 0));
    }
    for (const { value, ...of } of slice.counters) add(JSON.stringify(of), value);
  }
  const held = slices.flatMap((slice) =>
    slice.held.flatMap(({ numbers, count }) => [...numbers.subarray(0, count * HELD_COLUMNS)]),
  );
  return {
    counts: [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    kept: slices.flatMap(({ kept }) => kept),
    held,
  };
}

describe('calls that are recorded together', () => {
  it('are recorded as each by itself', () => {
    fc.assert(
      fc.property(calls, (instants) => {
        expect(sum(slicesOf(instants, false))).toEqual(sum(slicesOf(instants, true)));
      }),
    );
  });
});
