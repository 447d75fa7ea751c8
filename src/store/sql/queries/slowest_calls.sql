-- The harness's own root spans with the longest response times (from the intended start), for a
-- call that waited is slow to its user even where the server was quick.
WITH (SELECT max(StartedAt) FROM callgauge_runs FINAL WHERE RunId = {runId:String}) AS RunStart
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
WHERE otel_traces.RunId = {runId:String}
    AND ServiceName = 'callgauge'
    AND ParentSpanId = ''
    AND Timestamp >= RunStart
    -- By phase, not by time: the slowest calls of a phase are those that outlast it.
    AND SpanAttributes['callgauge.phase'] IN {phases:Array(String)}
ORDER BY
    greatest(toUInt64OrZero(SpanAttributes['callgauge.response_ns']), Duration) DESC,
    Timestamp
LIMIT 1 BY TraceId, SpanId
LIMIT {limit:UInt32}
