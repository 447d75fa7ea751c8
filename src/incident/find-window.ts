import { invariant, rngFrom, SPAN_STATUSES, type Rng } from '../core/index.ts';
import { NO_PARENT, type SpanTable } from '../spans/index.ts';

/** A time in which traces were other than before it. */
export interface FoundWindow {
  readonly fromEpochNs: bigint;
  readonly toEpochNs: bigint;
  /** P(a window that stands out so much | the parts of the time are alike), by permutation. */
  readonly p: number;
}

/** The time is looked at in so many parts; a window has two at least, what is before it ten. */
const PARTS = 60;
const WINDOW_PARTS_MIN = 2;
const BEFORE_PARTS_MIN = 10;
const PERMUTATIONS = 200;
const P_MAX = 0.05;
/** Root operations that are looked at, those with the most traces. */
const ROOTS_MAX = 10;

/**
 * Returns the window that stands out most against what was before it, undefined where chance
 * explains any: for each root operation the likelihoods of a lower rate or a higher, of more
 * errors and of longer durations (their logarithms) are added up,
 *
 *   n_b n_w / (n_b + n_w) (m_w - m_b)^2 / (2 s^2)      durations, if m_w > m_b
 *   G / 2 of the counts (errors, others) and of (traces, time), the latter over its dispersion
 *
 * and the parts of the time are permuted 200 times, which keeps all but their order. Traces of a
 * sample count as often as they stand for.
 */
export function findWindow(
  table: SpanTable,
  time: { readonly fromEpochNs: bigint; readonly toEpochNs: bigint },
  seed: number,
): FoundWindow | undefined {
  invariant(time.fromEpochNs < time.toEpochNs, 'a time that ends before it begins');
  const roots = rootParts(table, time);
  const order = Array.from({ length: PARTS }, (_, i) => i);
  const best = bestWindow(roots, order);
  if (best.score <= 0) return undefined;
  const rng = rngFrom(seed, 'incident-window');
  let asGood = 1;
  for (let i = 0; i < PERMUTATIONS; i++) {
    if (bestWindow(roots, shuffled(order, rng)).score >= best.score) asGood++;
  }
  const p = asGood / (PERMUTATIONS + 1);
  if (p > P_MAX) return undefined;
  const momentOf = (part: number): bigint =>
    time.fromEpochNs + ((time.toEpochNs - time.fromEpochNs) * BigInt(part)) / BigInt(PARTS);
  return { fromEpochNs: momentOf(best.from), toEpochNs: momentOf(best.to), p };
}

/** One root operation: of every part of the time its traces, errors, Σ ln duration and squares. */
interface RootParts {
  readonly counts: Float64Array;
  readonly errors: Float64Array;
  readonly logs: Float64Array;
  /** Of all traces together: the variance of ln duration. */
  variance: number;
  /** Variance over mean of the counts per part, at least 1. */
  dispersion: number;
}

const ERROR_STATUS = SPAN_STATUSES.indexOf('Error');

function rootParts(
  table: SpanTable,
  time: { readonly fromEpochNs: bigint; readonly toEpochNs: bigint },
): readonly RootParts[] {
  const lengthNs = Number(time.toEpochNs - time.fromEpochNs);
  const offsetNs = Number(table.originEpochNs - time.fromEpochNs);
  const roots = new Map<string, RootParts & { squares: number }>();
  table.parents.forEach((parent, span) => {
    if (parent !== NO_PARENT) return;
    const part = Math.floor((((table.startsNs[span] ?? 0) + offsetNs) / lengthNs) * PARTS);
    if (part < 0 || part >= PARTS) return;
    const key = `${table.services[span]} ${table.operations[span]}`;
    const root = roots.get(key) ?? {
      counts: new Float64Array(PARTS),
      errors: new Float64Array(PARTS),
      logs: new Float64Array(PARTS),
      variance: 0,
      dispersion: 1,
      squares: 0,
    };
    roots.set(key, root);
    const log = Math.log(Math.max(1, table.durationsNs[span] ?? 0));
    const weight = table.weights[span] ?? 1;
    root.counts[part] = (root.counts[part] ?? 0) + weight;
    root.logs[part] = (root.logs[part] ?? 0) + weight * log;
    root.squares += weight * log * log;
    if (table.statuses[span] !== ERROR_STATUS) return;
    root.errors[part] = (root.errors[part] ?? 0) + weight;
  });
  return [...roots.values()]
    .toSorted((a, b) => sum(b.counts) - sum(a.counts))
    .slice(0, ROOTS_MAX)
    .map((root) => {
      const n = sum(root.counts);
      const mean = n / PARTS;
      const spread = root.counts.reduce((s, c) => s + (c - mean) ** 2, 0) / (PARTS - 1);
      root.variance = Math.max(1e-6, root.squares / n - (sum(root.logs) / n) ** 2);
      root.dispersion = Math.max(1, spread / mean);
      return root;
    });
}

interface ScoredWindow {
  readonly from: number;
  readonly to: number;
  readonly score: number;
}

/** Tries every window, with sums up to each part in the given order. */
function bestWindow(roots: readonly RootParts[], order: readonly number[]): ScoredWindow {
  const sums = roots.map((root) => ({
    root,
    counts: sumsOf(root.counts, order),
    errors: sumsOf(root.errors, order),
    logs: sumsOf(root.logs, order),
  }));
  let best: ScoredWindow = { from: 0, to: 0, score: 0 };
  for (let from = BEFORE_PARTS_MIN; from + WINDOW_PARTS_MIN <= PARTS; from++) {
    // What was before a window is what it is compared with.
    if (sums.every(({ counts }) => counts[from] === 0)) continue;
    for (let to = from + WINDOW_PARTS_MIN; to <= PARTS; to++) {
      let score = 0;
      for (const { root, counts, errors, logs } of sums) {
        const within = (all: Float64Array): number => (all[to] ?? 0) - (all[from] ?? 0);
        const [before, now] = [counts[from] ?? 0, within(counts)];
        const shares = { before: from, now: to - from };
        score += likelihoodOfCounts({ before, now }, shares) / root.dispersion;
        if (before === 0 || now === 0) continue;
        const [failedBefore, failed] = [errors[from] ?? 0, within(errors)];
        if (failed / now > failedBefore / before) {
          score += likelihoodOfCounts({ before: failedBefore, now: failed }, { before, now });
          score += likelihoodOfCounts(
            { before: before - failedBefore, now: now - failed },
            { before, now },
          );
        }
        const slower = within(logs) / now - (logs[from] ?? 0) / before;
        if (slower > 0) {
          score += (((before * now) / (before + now)) * slower ** 2) / (2 * root.variance);
        }
      }
      if (score > best.score) best = { from, to, score };
    }
  }
  return best;
}

interface BeforeAndNow {
  readonly before: number;
  readonly now: number;
}

/** Returns Σ O ln(O / E) over both, E as the exposures share out what there is. */
function likelihoodOfCounts(counts: BeforeAndNow, exposures: BeforeAndNow): number {
  const perUnit = (counts.before + counts.now) / (exposures.before + exposures.now);
  const term = (observed: number, exposure: number): number =>
    observed > 0 ? observed * Math.log(observed / (exposure * perUnit)) : 0;
  return term(counts.before, exposures.before) + term(counts.now, exposures.now);
}

function sumsOf(values: Float64Array, order: readonly number[]): Float64Array {
  const sums = new Float64Array(PARTS + 1);
  order.forEach((part, i) => {
    sums[i + 1] = (sums[i] ?? 0) + (values[part] ?? 0);
  });
  return sums;
}

function shuffled(order: readonly number[], rng: Rng): readonly number[] {
  const mixed = [...order];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(rng.nextFloat() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j] ?? 0, mixed[i] ?? 0];
  }
  return mixed;
}

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
