-- Traces that have a span for which {conditions} hold, each with the longest such span.
SELECT
    TraceId,
    toString(toUnixTimestamp64Nano(min(Timestamp))) AS FirstNs,
    toString(toUnixTimestamp64Nano(max(Timestamp))) AS LastNs,
    toString(uniqExact(SpanId)) AS Matches,
    argMax(ServiceName, (LastedNs, SpanId)) AS MatchService,
    argMax(SpanName, (LastedNs, SpanId)) AS MatchName,
    toString(max(LastedNs)) AS MatchNs
FROM
(
    SELECT
        TraceId,
        SpanId,
        ServiceName,
        SpanName,
        Timestamp,
        greatest(reinterpretAsInt64(Duration), 0) AS LastedNs
    FROM otel_traces
    WHERE TraceId != '' AND {conditions}
)
GROUP BY TraceId
ORDER BY if({longestFirst:UInt8} = 1, max(LastedNs), 0) DESC, min(Timestamp) DESC, TraceId
LIMIT {limit:UInt32}
