-- The traces whose ids begin so, the newest first. From 16 digits on, they are those of one run.
SELECT
    TraceId,
    toString(toUnixTimestamp64Nano(min(Timestamp))) AS StartNs,
    argMin(ServiceName, (ParentSpanId != '', Timestamp)) AS Service,
    argMin(SpanName, (ParentSpanId != '', Timestamp)) AS Name,
    uniqExact(SpanId) AS SpanCount,
    uniqExactIf(SpanId, StatusCode IN ('Error', 'STATUS_CODE_ERROR')) AS FailedCount
FROM otel_traces
WHERE startsWith(TraceId, {prefix:String})
    AND (length({prefix:String}) < 16 OR otel_traces.RunId = substring({prefix:String}, 1, 16))
GROUP BY TraceId
ORDER BY min(Timestamp) DESC, TraceId
LIMIT {limit:UInt32}
