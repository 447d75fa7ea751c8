import { countOf, NS_PER_SEC, type HistogramSlice, type Ns, type RunPhase } from '../core/index.ts';

/**
 * Returns by how many calls the number under way grew from the first quarter of a phase to its end;
 * negative where it fell. Under way in the first quarter, on the average, by Little's law, and at the
 * end E, every second's calls being spread evenly over it (u in [0, 1) s):
 *
 *   first = sum of the response times of the quarter's calls / quarter
 *   last  = sum over calls begun in second s, response time r, of P(s + u + r > E)
 *
 * A queue that is always as long, however long, is no growth; one that a rate above the target's own
 * fills grows by the difference of the two for as long as the phase lasts.
 */
export function backlogGrowth(phase: RunPhase, histograms: readonly HistogramSlice[]): number {
  const fromSecond = Math.round(phase.fromNs / NS_PER_SEC);
  const seconds = Math.max(1, Math.ceil((phase.toNs - phase.fromNs) / NS_PER_SEC));
  const quarter = Math.max(1, Math.floor(seconds / 4));
  const responses = histograms.filter(
    ({ clock, outcome }) => clock === 'response' && outcome !== 'dropped',
  );
  let firstNs = 0;
  let last = 0;
  for (const slice of responses) {
    const beginNs = slice.second * NS_PER_SEC;
    if (slice.second < fromSecond + quarter) firstNs += sumOf(slice);
    // A later step of a flow: the step that it came after was under way, and is counted.
    if (beginNs < phase.toNs) last += openAt(slice, phase.toNs - beginNs);
  }
  return last - firstNs / (quarter * NS_PER_SEC);
}

/**
 * Returns how many calls more than it began with a target right at its limit may have, with next to no
 * doubt: its queue then walks at random, by one up for every arrival and one down for every answer,
 * and lies some sqrt(2 N) off after N of each.
 */
export function wanderOf(arrivals: number): number {
  return Math.sqrt(2 * arrivals);
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
