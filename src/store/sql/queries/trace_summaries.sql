-- What traces are as a whole, looked for an hour around the spans of them that are known.
SELECT
    TraceId,
    toString(toUnixTimestamp64Nano(min(Timestamp))) AS StartNs,
    toString(max(toUnixTimestamp64Nano(Timestamp) + greatest(reinterpretAsInt64(Duration), 0))
        - toUnixTimestamp64Nano(min(Timestamp))) AS LastedNs,
    argMin(ServiceName, (ParentSpanId != '', Timestamp)) AS Service,
    argMin(SpanName, (ParentSpanId != '', Timestamp)) AS Name,
    toString(uniqExact(SpanId, SpanKind, ServiceName)) AS Spans,
    toString(uniqExactIf((SpanId, SpanKind, ServiceName), StatusCode IN ('Error', 'STATUS_CODE_ERROR'))) AS Failed,
    toString(uniqExact(ServiceName)) AS Services
FROM otel_traces
WHERE TraceId IN {traceIds:Array(String)}
    AND Timestamp >= fromUnixTimestamp64Nano({fromNs:Int64}) - toIntervalHour(1)
    AND Timestamp <= fromUnixTimestamp64Nano({toNs:Int64}) + toIntervalHour(1)
GROUP BY TraceId
