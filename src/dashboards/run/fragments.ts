/**
 * Pieces that the queries of the run overview share. A query is plain ClickHouse once its macros
 * are expanded; tables and columns are those of the store's migrations.
 */

/** Rows of the chosen run. */
export const OF_THE_RUN = 'RunId = ${run:singlequote}';

/** Rows of the chosen steps. */
export const OF_THE_STEPS = 'Step IN (${step:singlequote})';

/**
 * Answers, those that failed a check among them; timeouts and cancelled calls count at their bound.
 * Other failures are counted, not timed.
 */
export const TIMED = "Outcome IN ('ok', 'check', 'timeout', 'cancelled')";

/** What is known from below only. */
export const CENSORED = "Outcome IN ('timeout', 'cancelled')";

/** A run that is still going on has no end yet. */
export const ENDED_OR_NOW = 'if(toUnixTimestamp(EndedAt) = 0, now64(9), EndedAt)';

/** Rows of phases that results count: no warm-up. */
export const MEASURED = `Phase IN (
    SELECT arrayJoin(arrayFilter((name, measured) -> measured, Phases.Name, Phases.Measured))
    FROM callgauge_runs FINAL
    WHERE ${OF_THE_RUN}
  )`;

/**
 * Returns the column of a quantile in seconds, NULL where `n`, a column of the same query, is too
 * small a sample for it. The query calls its values `value` and their counts `weight`.
 */
export function refusable(quantile: number): string {
  const value = `quantileExactWeighted(${quantile})(value, weight) / 1e9`;
  return `if(n >= ${samplesNeeded(quantile)}, ${value}, NULL)`;
}

/**
 * Returns the smallest sample that has an upper end of the two-sided 95% interval of the quantile
 * q: all n values lie below the true quantile with probability q^n, which must not exceed 2.5%, so
 * n >= ln 0.025 / ln q.
 */
function samplesNeeded(quantile: number): number {
  return Math.ceil(Math.log(0.025) / Math.log(quantile));
}
