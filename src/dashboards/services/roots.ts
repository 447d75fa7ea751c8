import { spansOf } from './calls.ts';
import { indented, type TraceScope, type TraceWindow } from './trace-window.ts';

/**
 * Returns a query with a row for each root of the traces of a window that are read: a span that
 * names no parent, and does not go on with the span of its client. Columns `TraceId`, `Timestamp`,
 * `Service`, `Name`, `Ns`, `Failed`, `Weight`.
 */
export function rootsOf(window: TraceWindow, scope: TraceScope): string {
  return `
SELECT TraceId, Timestamp, Service, Name, greatest(RawNs, 0) AS Ns, Failed, Weight
FROM (
  SELECT *, NOT IsCaller AND countIf(IsCaller) OVER (PARTITION BY TraceId, SpanId) > 0 AS Shares
  FROM (
    ${indented(spansOf(window, scope), 4)}
  )
)
WHERE ParentSpanId = '' AND NOT Shares`.trim();
}
