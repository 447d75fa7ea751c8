-- As operations.sql, of spans of which some stand for several: {Weight} says for how many. Percentiles take
-- whole weights: they are counted in 1,000ths.
SELECT
    any(ServiceName) AS Service,
    any(SpanName) AS Operation,
    toString(any(SpanKind)) AS Kind,
    toString(count()) AS Stored,
    toString(round(sum({Weight}))) AS Spans,
    toString(round(sumIf({Weight}, StatusCode IN ('Error', 'STATUS_CODE_ERROR')))) AS Failed,
    toString(countIf(reinterpretAsInt64(Duration) >= 0)) AS Timed,
    quantilesExactWeightedIf(0.5, 0.95, 0.99, 1)(
        Duration,
        toUInt64(round(1000 * {Weight})),
        reinterpretAsInt64(Duration) >= 0
    ) AS PercentilesNs
FROM otel_traces
WHERE {conditions}
GROUP BY cityHash64(ServiceName) + 3 * cityHash64(SpanName) + 5 * cityHash64(SpanKind)
ORDER BY Service, sum({Weight}) DESC, Operation, Kind
