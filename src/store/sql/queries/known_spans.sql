-- What tells spans apart, of those of some traces that began in a time. The ids of the traces take
-- the place of {traceIds}: in a parameter, thousands of them would be too long for a URL.
SELECT DISTINCT
    concat(
        TraceId, ' ', SpanId, ' ',
        replaceOne(lower(SpanKind), 'span_kind_', ''), ' ',
        toString(toUnixTimestamp64Nano(Timestamp)), ' ',
        ServiceName
    ) AS Identity
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({fromNs:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({toNs:Int64})
    AND TraceId IN ({traceIds})
