import type { SpanForest } from '../spans/index.ts';
import type { StepCall } from './step-calls.ts';
import type { Burst } from './why.ts';

interface TimedCalls {
  readonly calls: readonly StepCall[];
  readonly weights: Float64Array;
  /** Every call is a trace of it. */
  readonly forest: SpanForest;
}

/** So many of the bad calls are a burst; with fewer bad ones it would be chance. */
const BURST_SHARE = 0.9;
const BAD_CALLS_MIN = 10;
/** Of the time in which calls began, and of the calls that are not bad in it. */
const LENGTH_MAX = 0.5;

/**
 * Returns the shortest time in which 90% of the bad calls began; undefined where it is more than
 * half of the time of all calls, or has half of the others as well.
 */
export function findBurst(
  { calls, weights, forest }: TimedCalls,
  startedEpochNs: bigint,
): Burst | undefined {
  const { table } = forest;
  const begins = calls.map((_, call) => table.startsNs[table.traceStarts[call] ?? 0] ?? 0);
  const order = [...calls.keys()].toSorted((a, b) => (begins[a] ?? 0) - (begins[b] ?? 0));
  const bad = order.filter((call) => calls[call]?.isBad === true);
  if (bad.length < BAD_CALLS_MIN || bad.length === order.length) return undefined;
  const sum = (of: readonly number[]): number =>
    of.reduce((total, call) => total + (weights[call] ?? 1), 0);
  const allBad = sum(bad);
  let [first, inside, shortest] = [0, 0, Infinity];
  let range = { fromNs: 0, toNs: 0 };
  for (const call of bad) {
    inside += weights[call] ?? 1;
    while (inside - (weights[bad[first] ?? 0] ?? 1) >= BURST_SHARE * allBad) {
      inside -= weights[bad[first++] ?? 0] ?? 1;
    }
    if (inside < BURST_SHARE * allBad) continue;
    const [fromNs, toNs] = [begins[bad[first] ?? 0] ?? 0, begins[call] ?? 0];
    if (toNs - fromNs < shortest) [shortest, range] = [toNs - fromNs, { fromNs, toNs }];
  }
  const isInside = (call: number): boolean =>
    (begins[call] ?? 0) >= range.fromNs && (begins[call] ?? 0) <= range.toNs;
  const good = order.filter((call) => calls[call]?.isBad === false);
  const goodShare = sum(good.filter(isInside)) / sum(good);
  const wholeNs = (begins[order.at(-1) ?? 0] ?? 0) - (begins[order[0] ?? 0] ?? 0);
  if (shortest > LENGTH_MAX * wholeNs || goodShare > LENGTH_MAX) return undefined;
  const sinceStartNs = Number(table.originEpochNs - startedEpochNs);
  return {
    fromNs: range.fromNs + sinceStartNs,
    toNs: range.toNs + sinceStartNs,
    badShare: sum(bad.filter(isInside)) / allBad,
    goodShare,
  };
}
