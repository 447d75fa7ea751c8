import type { SpanTable } from '../spans/index.ts';

/**
 * Returns for every span the time that is its own, in ns: each moment of a trace belongs to the
 * span that began last among those that run then; of several that began together, to the deepest.
 *
 *     root     |-----------------------|     4 = 2 before a, 2 after c
 *       a        |--------|                  3 (until b began)
 *       b             |-------|              2 (until c began)
 *         c             |---------|          5
 *
 * What is given out is the time in which the trace ran, each moment once, so that the times of all
 * spans add up to it. Where children lie inside their parents and do not overlap this is the
 * self time. Of siblings that overlap, the one that began last has the common part: so a framework
 * span that waits beside the call it started (as reactive servers record it) is not taken for the
 * one that worked, and of parallel calls the one that outlasts the others has the time after them.
 */
export function innermostTimes(table: SpanTable): Float64Array {
  const times = new Float64Array(table.spanCount);
  const depths = depthsOf(table);
  const running: number[] = [];
  for (let trace = 0; trace < table.traceCount; trace++) {
    const first = table.traceStarts[trace] ?? 0;
    const last = table.traceStarts[trace + 1] ?? 0;
    giveOutTimes(table, { first, last, depths, running, times });
  }
  return times;
}

interface TracePart {
  readonly first: number;
  readonly last: number;
  readonly depths: Uint32Array;
  readonly running: number[];
  readonly times: Float64Array;
}

/** Walks the starts of one trace; between two of them the spans that run are a stack by start. */
function giveOutTimes(table: SpanTable, { first, last, depths, running, times }: TracePart): void {
  const { startsNs, durationsNs } = table;
  const endOf = (span: number): number => (startsNs[span] ?? 0) + (durationsNs[span] ?? 0);
  running.length = 0;
  let nowNs = startsNs[first] ?? 0;
  const runUntil = (untilNs: number): void => {
    while (running.length > 0) {
      const top = running.at(-1) ?? 0;
      const endNs = endOf(top);
      if (endNs > nowNs) {
        times[top] = (times[top] ?? 0) + Math.min(endNs, untilNs) - nowNs;
        nowNs = Math.min(endNs, untilNs);
      }
      if (endNs > untilNs) return;
      running.pop();
    }
    nowNs = untilNs;
  };
  for (let span = first; span < last; span++) {
    const startNs = startsNs[span] ?? 0;
    runUntil(startNs);
    let place = running.length;
    while (place > 0) {
      const below = running[place - 1] ?? 0;
      if (startsNs[below] !== startNs || (depths[below] ?? 0) <= (depths[span] ?? 0)) break;
      place--;
    }
    running.splice(place, 0, span);
  }
  runUntil(Infinity);
}

/** How many spans are above each. A parent may lie behind its child, where clocks differ. */
function depthsOf({ spanCount, parents }: SpanTable): Uint32Array {
  const depths = new Uint32Array(spanCount);
  const path: number[] = [];
  for (let i = 0; i < spanCount; i++) {
    let at = i;
    while ((parents[at] ?? -1) >= 0 && depths[at] === 0) {
      path.push(at);
      at = parents[at] ?? -1;
    }
    let depth = depths[at] ?? 0;
    for (let span = path.pop(); span !== undefined; span = path.pop()) depths[span] = ++depth;
  }
  return depths;
}
