-- Calls of which no CLIENT span is stored, of spans that are {Selected}: each SERVER span below none.
-- Its caller is the service of the span above it, or nobody who has spans. Times are the server's.
WITH
    {Begin} AS Begin,
    toUnixTimestamp64Nano(Begin) AS BeginNs,
    Clients AS
    (
        SELECT TraceId, SpanId
        FROM otel_traces
        WHERE {Around}
            AND SpanKind IN ('Client', 'SPAN_KIND_CLIENT', 'Producer', 'SPAN_KIND_PRODUCER')
    ),
    Served AS
    (
        SELECT
            TraceId,
            SpanId,
            ParentSpanId,
            Timestamp AS StartedAt,
            ServiceName AS Callee,
            SpanName AS Operation,
            intDiv(toUnixTimestamp64Nano(Timestamp) - BeginNs, 1000000000) AS Second,
            Duration,
            {Ending}
        FROM otel_traces
        WHERE {Selected}
            AND SpanKind IN ('Server', 'SPAN_KIND_SERVER')
            AND toInt64(Duration) >= 0
            AND (TraceId, ParentSpanId) GLOBAL NOT IN (SELECT TraceId, SpanId FROM Clients)
            AND (TraceId, SpanId) GLOBAL NOT IN (SELECT TraceId, SpanId FROM Clients)
        LIMIT 1 BY TraceId, SpanId, ServiceName
    ),
    Above AS
    (
        SELECT TraceId, SpanId, any(ServiceName) AS Service
        FROM otel_traces
        WHERE {Around}
            AND (TraceId, SpanId) GLOBAL IN (
                SELECT TraceId, ParentSpanId FROM Served WHERE ParentSpanId != ''
            )
        GROUP BY TraceId, SpanId
    ),
    Attempts AS
    (
        SELECT s.*, a.Service AS Caller
        FROM Served AS s
        LEFT JOIN Above AS a ON s.TraceId = a.TraceId AND s.ParentSpanId = a.SpanId
        -- A server below a server of its own is the same call.
        WHERE Caller != Callee
    )
