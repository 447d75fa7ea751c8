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

/** What some services add in one unit, and what is added in all. */
export interface UnitAmounts {
  readonly each: readonly TraceAmounts[];
  readonly inAll: TraceAmounts;
}

/**
 * Returns for each unit what part of all that was added each one has, with a 95% interval: traces
 * of both windows are drawn anew, with replacement, {@link RESAMPLES} times, by the seed, the same
 * for every unit. What was added in all is no less than what these add together: others may have
 * got faster. `weightedTraces` is how many traces those of the window stand for.
 */
export function estimateShares(
  units: readonly UnitAmounts[],
  weightedTraces: number,
  seed: number,
): readonly (readonly Share[])[] {
  const columnsOf = units.map(({ each, inAll }) => {
    const own = [...each, inAll];
    return own.every(isEmpty) ? [] : own;
  });
  const columns = columnsOf.flat();
  const sides = (['window', 'baseline'] as const).map((side) => ({
    columns: columns.map((amounts) => sparseOf(amounts[side])),
    counts: new Float64Array(columns[0]?.[side].length ?? 0),
  }));
  const rng = rngFrom(seed, 'incident-shares');
  const draws = Array.from({ length: RESAMPLES }, () => {
    const [window, baseline] = sides.map((side) => drawSums(side.columns, side.counts, rng));
    return columns.map((_, c) => (window?.[c] ?? 0) + (baseline?.[c] ?? 0));
  });
  let first = 0;
  return units.map(({ each }, unit) => {
    const own = columnsOf[unit] ?? [];
    const from = first;
    first += own.length;
    if (own.length === 0) return each.map(() => NO_SHARE);
    const point = sharesOf(own.map(({ window, baseline }) => sum(window) + sum(baseline)));
    const drawn = draws.map((sums) => sharesOf(sums.slice(from, first)));
    return each.map(({ window, baseline }, c) => {
      const sorted = drawn.map((shares) => shares[c] ?? 0).toSorted((a, b) => a - b);
      return {
        share: point[c] ?? 0,
        low: sorted[Math.floor(0.025 * RESAMPLES)] ?? 0,
        high: sorted[Math.ceil(0.975 * RESAMPLES) - 1] ?? 0,
        perTrace: (sum(window) + sum(baseline)) / weightedTraces,
      };
    });
  });
}

const NO_SHARE: Share = { share: 0, low: 0, high: 0, perTrace: 0 };

function isEmpty({ window, baseline }: TraceAmounts): boolean {
  const isZero = (value: number): boolean => value === 0;
  return window.every(isZero) && baseline.every(isZero);
}

/** What traces add that add anything. */
interface SparseAmounts {
  readonly traces: Uint32Array;
  readonly amounts: Float64Array;
}

function sparseOf(amounts: Float64Array): SparseAmounts {
  const traces = Uint32Array.from(amounts.keys()).filter((trace) => amounts[trace] !== 0);
  return { traces, amounts: Float64Array.from(traces, (trace) => amounts[trace] ?? 0) };
}

/** Draws as many traces as there are and adds up each column over them. */
function drawSums(columns: readonly SparseAmounts[], counts: Float64Array, rng: Rng): Float64Array {
  // How often each was drawn, first: most columns have few of the traces.
  counts.fill(0);
  const n = counts.length;
  for (let i = 0; i < n; i++) {
    const trace = Math.floor((rng.nextUint32() / 2 ** 32) * n);
    counts[trace] = (counts[trace] ?? 0) + 1;
  }
  return Float64Array.from(columns, ({ traces, amounts }) => {
    let total = 0;
    for (let i = 0; i < traces.length; i++) {
      total += (counts[traces[i] ?? 0] ?? 0) * (amounts[i] ?? 0);
    }
    return total;
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
