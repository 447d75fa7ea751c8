-- All spans of one trace by their start. A span that was delivered twice is there once; the client
-- and the server of one call may share an id, and are two.
SELECT
    TraceId,
    SpanId,
    ParentSpanId,
    TraceState,
    SpanName,
    SpanKind,
    ServiceName,
    toString(toUnixTimestamp64Nano(Timestamp)) AS StartNs,
    toString(Duration) AS DurationNs,
    StatusCode,
    StatusMessage,
    ResourceAttributes,
    SpanAttributes,
    ScopeName,
    ScopeVersion,
    arrayMap(at -> toString(toUnixTimestamp64Nano(at)), Events.Timestamp) AS EventNs,
    Events.Name AS EventNames,
    Events.Attributes AS EventAttributes,
    Links.TraceId AS LinkTraceIds,
    Links.SpanId AS LinkSpanIds,
    Links.TraceState AS LinkTraceStates,
    Links.Attributes AS LinkAttributes
FROM otel_traces
WHERE TraceId = {traceId:String}
ORDER BY Timestamp, SpanId, toInt64(Duration) DESC
LIMIT 1 BY SpanId, SpanKind, ServiceName, Timestamp
