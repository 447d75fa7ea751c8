import { countOf, NS_PER_SEC, type HistogramSlice, type Ns, type RunPhase } from '../core/index.ts';

/**
 * Returns by how many calls the number under way grew from the first quarter of a phase to its end;
 * negative where it fell. Under way in the first quarter, on the average, by Little's law, and at
 * the end E, every second's calls being spread evenly over it (u in [0, 1) s):
 *
 *   first = mean response time of the first quarter's calls * calls begun per second
 *   last  = sum over calls begun in second s, response time r, of P(s + u + r > E)
 *
 * A queue that is always as long, however long, is no growth; one that a rate above the target's
 * own fills grows by the difference of the two for as long as the phase lasts.
 *
 * Each step by itself: the later ones of a flow begin late, those of the arrivals before the phase
 * being of the phase before it. A step's first quarter is as long, from the second in which it is
 * first seen; its calls per second are those of the phase's last quarter, by when all arrivals come
 * to it.
 *
 *   arrivals     ├ 1st ┤─────────────────┤ last┤ E
 *   a later step ·······├ 1st ┤──────────┤ last┤
 *
 * A step that is not seen before the last quarter shows no growth: the phase is too short for its
 * flow.
 */
export function backlogGrowth(phase: RunPhase, histograms: readonly HistogramSlice[]): number {
  const begun = histograms.filter(
    ({ clock, outcome, second }) =>
      clock === 'response' && outcome !== 'dropped' && second * NS_PER_SEC < phase.toNs,
  );
  const steps = Map.groupBy(begun, ({ step }) => step);
  return [...steps.values()].reduce((sum, slices) => sum + stepGrowth(phase, slices), 0);
}

/**
 * Returns how many calls more than it began with a target right at its limit may have, with next to
 * no doubt: its queue then walks at random, by one up for every arrival and one down for every
 * answer, and lies some sqrt(2 N) off after N of each.
 */
export function wanderOf(arrivals: number): number {
  return Math.sqrt(2 * arrivals);
}

function stepGrowth({ fromNs, toNs }: RunPhase, slices: readonly HistogramSlice[]): number {
  const seconds = Math.max(1, Math.ceil((toNs - fromNs) / NS_PER_SEC));
  const quarter = Math.max(1, Math.floor(seconds / 4));
  const fromSecond = Math.round(fromNs / NS_PER_SEC);
  const seenSecond = Math.min(...slices.map(({ second }) => second));
  const lastNs = Math.max(fromNs, toNs - quarter * NS_PER_SEC);
  if (seenSecond > fromSecond && seenSecond * NS_PER_SEC >= lastNs) return 0;
  let firstNs = 0;
  let firstCount = 0;
  let lateCount = 0;
  let last = 0;
  for (const slice of slices) {
    const beginNs = slice.second * NS_PER_SEC;
    const count = countOf(slice);
    if (slice.second < seenSecond + quarter) {
      firstNs += sumOf(slice);
      firstCount += count;
    }
    // Of the second in which the quarter begins, the part that lies in it.
    lateCount += count * Math.min(1, Math.max(0, 1 - (lastNs - beginNs) / NS_PER_SEC));
    last += openAt(slice, toNs - beginNs);
  }
  const perSec = (lateCount / (toNs - lastNs)) * NS_PER_SEC;
  return last - (firstNs / Math.max(1, firstCount) / NS_PER_SEC) * perSec;
}

function sumOf({ valueNs, count }: HistogramSlice): Ns {
  return valueNs.reduce((sum, value, i) => sum + value * (count[i] ?? 0), 0);
}

function openAt(slice: HistogramSlice, untilEndNs: Ns): number {
  if (slice.valueNs.length === 0 || countOf(slice) === 0) return 0;
  return slice.valueNs.reduce((open, valueNs, i) => {
    const share = 1 - (untilEndNs - valueNs) / NS_PER_SEC;
    return open + (slice.count[i] ?? 0) * Math.min(1, Math.max(0, share));
  }, 0);
}
