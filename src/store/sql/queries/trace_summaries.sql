-- What traces are as a whole, looked for an hour around the spans of them that are known; and the longest
-- of their spans for which {conditions} hold.
WITH
    fromUnixTimestamp64Nano({firstNs:Int64}) AS FirstMatch,
    fromUnixTimestamp64Nano({lastNs:Int64}) AS LastMatch
SELECT
    TraceId,
    toString(toUnixTimestamp64Nano(min(Timestamp))) AS StartNs,
    toString(max(toUnixTimestamp64Nano(Timestamp) + LastedNs)
        - toUnixTimestamp64Nano(min(Timestamp))) AS LastedInAllNs,
    argMin(ServiceName, (ParentSpanId != '', Timestamp)) AS Service,
    argMin(SpanName, (ParentSpanId != '', Timestamp)) AS Name,
    toString(uniqExact(SpanId, SpanKind, ServiceName)) AS Spans,
    toString(uniqExactIf((SpanId, SpanKind, ServiceName), HasFailed)) AS Failed,
    toString(uniqExact(ServiceName)) AS Services,
    toString(uniqExactIf(SpanId, IsMatch)) AS Matches,
    argMaxIf(ServiceName, (LastedNs, SpanId), IsMatch) AS MatchService,
    argMaxIf(SpanName, (LastedNs, SpanId), IsMatch) AS MatchName,
    toString(maxIf(LastedNs, IsMatch)) AS MatchNs
FROM
(
    SELECT
        TraceId,
        SpanId,
        ParentSpanId,
        ServiceName,
        SpanName,
        SpanKind,
        Timestamp,
        greatest(reinterpretAsInt64(Duration), 0) AS LastedNs,
        StatusCode IN ('Error', 'STATUS_CODE_ERROR') AS HasFailed,
        TraceId != '' AND {conditions} AS IsMatch
    FROM otel_traces
    WHERE TraceId IN {traceIds:Array(String)}
        AND Timestamp >= FirstMatch - toIntervalHour(1)
        AND Timestamp <= LastMatch + toIntervalHour(1)
)
GROUP BY TraceId
