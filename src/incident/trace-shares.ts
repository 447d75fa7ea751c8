import { rngFrom, type Rng } from '../core/index.ts';
import type { Blame } from './blame.ts';
import type { Change } from './compare-series.ts';
import type { Gathered } from './gather-series.ts';
import type { Share } from './incident.ts';
import type { Suspect } from './rank-services.ts';
import type { Series } from './series.ts';

/** What shares are taken of: added time in ns, added errors, stopped requests. */
export type ShareUnit = 'time' | 'errors' | 'stops';

export const SHARE_UNITS: readonly ShareUnit[] = ['time', 'errors', 'stops'];

/** Returns the unit that a change counts in. */
export function unitOf({ key }: Change): ShareUnit {
  return key.measure === 'errors' || key.measure === 'stops' ? key.measure : 'time';
}

/** What each trace adds, one number per trace of either window. */
export interface TraceAmounts {
  readonly window: Float64Array;
  readonly baseline: Float64Array;
}

export interface Windows {
  readonly baseline: Gathered;
  readonly window: Gathered;
}

/** A change and the part of it that counts. */
export interface Part {
  readonly change: Change;
  readonly share: number;
}

/**
 * Returns how much each trace adds to the sum of some changes. Of a change whose mean was m, a
 * trace of the window with sum s over count c adds s - m c; so the sum over the window is what
 * there is more than the baseline had for as many calls. A trace of the baseline adds
 * -(C / C') (s - m c), C and C' the counts of both windows: together nothing, but resampled they
 * bring in how well m is known. Extra calls count by the time that they took.
 */
export function amountsOf(parts: readonly Part[], windows: Windows): TraceAmounts {
  const window = new Float64Array(windows.window.traceCount);
  const baseline = new Float64Array(windows.baseline.traceCount);
  for (const { change, share } of parts) {
    const series = windows.window.series.get(change.number);
    if (series === undefined) continue;
    const unit = share * change.amountPerUnit;
    addAmounts(window, windows.window, { change, series, factor: unit });
    const before = windows.baseline.series.get(change.number);
    const factor = (-unit * change.windowCount) / change.baselineCount;
    addAmounts(baseline, windows.baseline, { change, series: before, factor });
    if (before === undefined) addCounts(baseline, windows.baseline, { change, series, factor });
  }
  return { window, baseline };
}

interface Addition {
  readonly change: Change;
  readonly series: Series | undefined;
  readonly factor: number;
}

function addAmounts(amounts: Float64Array, gathered: Gathered, addition: Addition): void {
  const { series, factor, change } = addition;
  if (series === undefined) return;
  const isOwn = series.countedBy === undefined;
  series.traces.forEach((trace, i) => {
    const expected = isOwn ? change.baselineMean * (series.counts[i] ?? 0) : 0;
    amounts[trace] = (amounts[trace] ?? 0) + factor * ((series.sums[i] ?? 0) - expected);
  });
  addCounts(amounts, gathered, addition);
}

/** Takes off what was to be expected, where another series has the counts. */
function addCounts(amounts: Float64Array, gathered: Gathered, addition: Addition): void {
  const { series, factor, change } = addition;
  if (series?.countedBy === undefined || change.baselineMean === 0) return;
  const counts = gathered.series.get(series.countedBy);
  counts?.traces.forEach((trace, i) => {
    const expected = change.baselineMean * (counts.counts[i] ?? 0);
    amounts[trace] = (amounts[trace] ?? 0) - factor * expected;
  });
}

/** Returns what all changes of one unit add together: of times all, of the others the risen. */
export function amountsInAll(
  blames: readonly Blame[],
  unit: ShareUnit,
  windows: Windows,
): TraceAmounts {
  const parts = blames
    .filter(({ change }) => unitOf(change) === unit)
    .filter(({ change }) => change.key.measure === 'time' || change.atLeast > 0)
    .map(({ change }) => ({ change, share: 1 }));
  return amountsOf(parts, windows);
}

/** Returns the charges of one service that count in a unit. */
export function partsOf({ charges }: Suspect, unit: ShareUnit): readonly Part[] {
  return charges.filter(({ change }) => unitOf(change) === unit);
}

/** How often traces are drawn anew. */
const RESAMPLES = 200;

/**
 * Returns what part of all that was added each one has, with a 95% interval: traces of both windows
 * are drawn anew, with replacement, {@link RESAMPLES} times, by the seed. What was added in all is
 * no less than what these add together: others may have got faster.
 */
export function estimateShares(
  each: readonly TraceAmounts[],
  inAll: TraceAmounts,
  seed: number,
): readonly Share[] {
  const columns = [...each, inAll];
  if (columns.every(isEmpty)) return each.map(() => NO_SHARE);
  const traceCount = inAll.window.length;
  const point = sharesOf(columns.map(({ window, baseline }) => sum(window) + sum(baseline)));
  const rng = rngFrom(seed, 'incident-shares');
  const drawn: number[][] = each.map(() => []);
  for (let i = 0; i < RESAMPLES; i++) {
    const sums = new Float64Array(columns.length);
    for (const side of ['window', 'baseline'] as const) {
      addDraws(
        columns.map((amounts) => amounts[side]),
        rng,
        sums,
      );
    }
    sharesOf([...sums]).forEach((share, c) => drawn[c]?.push(share));
  }
  return each.map(({ window, baseline }, c) => {
    const sorted = (drawn[c] ?? []).toSorted((a, b) => a - b);
    return {
      share: point[c] ?? 0,
      low: sorted[Math.floor(0.025 * RESAMPLES)] ?? 0,
      high: sorted[Math.ceil(0.975 * RESAMPLES) - 1] ?? 0,
      perTrace: (sum(window) + sum(baseline)) / traceCount,
    };
  });
}

const NO_SHARE: Share = { share: 0, low: 0, high: 0, perTrace: 0 };

function isEmpty({ window, baseline }: TraceAmounts): boolean {
  const isZero = (value: number): boolean => value === 0;
  return window.every(isZero) && baseline.every(isZero);
}

/** Draws as many traces as there are and adds up each column over them. */
function addDraws(columns: readonly Float64Array[], rng: Rng, sums: Float64Array): void {
  const n = columns[0]?.length ?? 0;
  const draws = new Uint32Array(n).map(() => Math.floor((rng.nextUint32() / 2 ** 32) * n));
  columns.forEach((column, c) => {
    let total = 0;
    for (const trace of draws) total += column[trace] ?? 0;
    sums[c] = (sums[c] ?? 0) + total;
  });
}

/** The last sum is that of all. */
function sharesOf(sums: readonly number[]): readonly number[] {
  const each = sums.slice(0, -1).map((value) => Math.max(0, value));
  const together = each.reduce((a, b) => a + b, 0);
  const inAll = Math.max(sums.at(-1) ?? 0, together);
  return each.map((value) => (inAll > 0 ? value / inAll : 0));
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
