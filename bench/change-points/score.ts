import type { KnownSeries } from './known-series.ts';

/** A change counts as found within so many points: that of the Turing data set. */
const MARGIN_POINTS = 5;

export interface Score {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Returns the score over series whose truth is known, all their changes taken together. */
export function scoreOfTruth(
  series: readonly KnownSeries[],
  found: readonly (readonly number[])[],
): Score {
  const sums = { hits: 0, found: 0, truth: 0 };
  for (const [i, { annotations }] of series.entries()) {
    const truth = annotations[0] ?? [];
    sums.hits += hits(truth, found[i] ?? []);
    sums.found += found[i]?.length ?? 0;
    sums.truth += truth.length;
  }
  return scoreOf(ratio(sums.hits, sums.found), ratio(sums.hits, sums.truth));
}

/**
 * Returns the mean score over annotated series, each as the data set's benchmark defines it:
 * precision against what any annotator saw, recall the mean over annotators; the first point counts
 * as a change of all.
 * @see van den Burg, Williams, "An evaluation of change point detection algorithms", 2020, 3.2
 */
export function scoreOfAnnotations(
  series: readonly KnownSeries[],
  found: readonly (readonly number[])[],
): Score {
  const scores = series.map(({ annotations }, i) => {
    const all = withFirst(found[i] ?? []);
    const sets = annotations.map(withFirst);
    const union = [...new Set(sets.flat())];
    const recalls = sets.map((set) => hits(set, all) / set.length);
    return scoreOf(hits(union, all) / all.length, mean(recalls));
  });
  return {
    precision: mean(scores.map(({ precision }) => precision)),
    recall: mean(scores.map(({ recall }) => recall)),
    f1: mean(scores.map(({ f1 }) => f1)),
  };
}

/** Returns how many of the true places have a found one of their own near by. */
function hits(truth: readonly number[], found: readonly number[]): number {
  const free = new Set(found);
  let count = 0;
  for (const at of [...truth].sort((a, b) => a - b)) {
    const [nearest] = [...free]
      .filter((index) => Math.abs(index - at) <= MARGIN_POINTS)
      .sort((a, b) => Math.abs(a - at) - Math.abs(b - at));
    if (nearest === undefined) continue;
    free.delete(nearest);
    count++;
  }
  return count;
}

function withFirst(indexes: readonly number[]): readonly number[] {
  return [...new Set([0, ...indexes])];
}

function scoreOf(precision: number, recall: number): Score {
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1 };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
