-- How often each operation ran and failed, and how long it took, of all spans for which {conditions}
-- hold. What ends before it begins has no duration.
SELECT
    ServiceName,
    SpanName,
    toString(SpanKind) AS Kind,
    toString(count()) AS Spans,
    toString(countIf(StatusCode IN ('Error', 'STATUS_CODE_ERROR'))) AS Failed,
    toString(countIf(reinterpretAsInt64(Duration) >= 0)) AS Timed,
    quantilesExactIf(0.5, 0.95, 0.99, 1)(Duration, reinterpretAsInt64(Duration) >= 0) AS PercentilesNs
FROM otel_traces
WHERE {conditions}
GROUP BY ServiceName, SpanName, SpanKind
ORDER BY ServiceName, count() DESC, SpanName, Kind
