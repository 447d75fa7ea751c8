import { NS_PER_MS, SPAN_STATUSES } from '../core/index.ts';
import { blocksParent } from './critical-path.ts';
import type { SpanForest } from './span-forest.ts';

/**
 * A call that went on when what had failed for it was over: its caller gave up, as one does whose
 * timeout is shorter than that of what it calls.
 */
export interface OutlivedCall {
  /** It failed, and ended first. */
  readonly parent: number;
  readonly child: number;
  /** For how long work was done that nobody waited for, in ns. */
  readonly wastedNs: number;
}

/** Returns the calls of a trace that outlived a parent that failed, the most wasteful first. */
export function outlivedCalls(forest: SpanForest, trace: number): readonly OutlivedCall[] {
  const { parents, statuses, traceStarts } = forest.table;
  const found: OutlivedCall[] = [];
  for (let i = traceStarts[trace] ?? 0; i < (traceStarts[trace + 1] ?? 0); i++) {
    const parent = parents[i] ?? -1;
    if (parent < 0 || statuses[parent] !== ERROR || !blocksParent(forest, i)) continue;
    const wastedNs = endNsOf(forest, i) - endNsOf(forest, parent);
    if (wastedNs > doubtNs(forest, parent, i)) found.push({ parent, child: i, wastedNs });
  }
  return found.sort((a, b) => b.wastedNs - a.wastedNs || a.child - b.child);
}

/** Returns when a span ended on the clock of its root, in ns since the table's origin. */
export function endNsOf({ startsNs, table }: SpanForest, span: number): number {
  return (startsNs[span] ?? 0) + (table.durationsNs[span] ?? 0);
}

/** Returns how far the ends of two spans must lie apart to tell which was first, in ns. */
export function doubtNs({ table }: SpanForest, a: number, b: number): number {
  const { services, hosts } = table;
  const isSameClock = hosts[a] !== 0 && hosts[a] === hosts[b];
  return isSameClock || services[a] === services[b] ? 0 : NS_PER_MS;
}

const ERROR = SPAN_STATUSES.indexOf('Error');
