-- How often each operation ran and failed, and how long it took, of all spans for which {conditions}
-- hold. What ends before it begins has no duration. Operations are told apart by hashes that are summed:
-- of a column with a dictionary each is computed once a text, where a key of texts is put together for
-- every span. Of a million operations, two are one with a chance of 3 in 10^8.
SELECT
    any(ServiceName) AS Service,
    any(SpanName) AS Operation,
    toString(any(SpanKind)) AS Kind,
    toString(count()) AS Spans,
    toString(countIf(position(TraceState, 'th:') > 0)) AS Sampled,
    toString(countIf(StatusCode IN ('Error', 'STATUS_CODE_ERROR'))) AS Failed,
    toString(countIf(reinterpretAsInt64(Duration) >= 0)) AS Timed,
    quantilesExactIf(0.5, 0.95, 0.99, 1)(Duration, reinterpretAsInt64(Duration) >= 0) AS PercentilesNs
FROM otel_traces
WHERE {conditions}
GROUP BY cityHash64(ServiceName) + 3 * cityHash64(SpanName) + 5 * cityHash64(SpanKind)
ORDER BY Service, count() DESC, Operation, Kind
