/** A time of traces, as SQL: from included, to not. */
export interface TraceWindow {
  readonly from: string;
  readonly to: string;
}

/** Which traces of a window a dashboard is about, as conditions of SQL. */
export interface TraceScope {
  /** On each row of `otel_traces`. */
  readonly ofSpans: string;
  /** On the rows of a trace together. */
  readonly ofTraces: string;
}

/** The time range of the page. */
export const WINDOW: TraceWindow = { from: '$__fromTime_ms', to: '$__toTime_ms' };

/** As long a time, right before it. */
export const BASELINE: TraceWindow = {
  from: 'fromUnixTimestamp64Milli(2 * toUnixTimestamp64Milli($__fromTime_ms) - toUnixTimestamp64Milli($__toTime_ms))',
  to: '$__fromTime_ms',
};

/** The length of either. */
export const WINDOW_SEC =
  '((toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms)) / 1e3)';

/** Of more traces an even sample is read, the same that `callgauge graph` reads. */
export const TRACES_MAX = 5_000;

/**
 * How long before and behind a window spans are looked at: a trace that began earlier shall not be
 * taken for one that begins here.
 */
const AROUND_SEC = 600;

/**
 * Returns the query of the traces of a window: those of which the earliest span begins in it, as
 * `callgauge graph` and `callgauge incident` select them.
 */
export function tracesOf({ from, to }: TraceWindow, { ofSpans, ofTraces }: TraceScope): string {
  return `
SELECT TraceId
FROM otel_traces
WHERE Timestamp >= ${from} - toIntervalSecond(${AROUND_SEC})
  AND Timestamp < ${to} + toIntervalSecond(${AROUND_SEC})
  AND ${ofSpans} AND TraceId != ''
GROUP BY TraceId
HAVING min(Timestamp) >= ${from} AND min(Timestamp) < ${to} AND ${ofTraces}`.trim();
}

/** Returns the query of those traces that are read. */
export function sampledTracesOf(window: TraceWindow, scope: TraceScope): string {
  return `${tracesOf(window, scope)}
ORDER BY cityHash64(TraceId), TraceId
LIMIT ${TRACES_MAX}`;
}

/** Returns the condition of rows that are of such traces of the window. */
export function isOfTraces(
  { from, to }: TraceWindow,
  { ofSpans }: TraceScope,
  traces: string,
): string {
  return `Timestamp >= ${from} AND Timestamp < ${to} + toIntervalSecond(${AROUND_SEC})
  AND ${ofSpans}
  AND TraceId IN (
    ${indented(traces, 4)}
  )`;
}

/** Returns how many traces of the window stand behind each that was read. */
export function tracesPerRead(window: TraceWindow, scope: TraceScope): string {
  return `(SELECT greatest(1, count() / ${TRACES_MAX}) FROM (${tracesOf(window, scope)}))`;
}

/** Returns SQL, each line but the first moved to the right. */
export function indented(sql: string, spaces: number): string {
  return sql.replaceAll('\n', `\n${' '.repeat(spaces)}`);
}
