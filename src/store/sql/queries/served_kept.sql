-- Of the calls that were kept for their own sake and answered, per step and second of the run in which
-- they were sent: all, and those beside which a server's span lies. Of those that were kept for their
-- trace, many were since there is one; setup and teardown are no part of the load.
WITH
    (SELECT max(StartedAt) FROM callgauge_runs FINAL WHERE RunId = {runId:String}) AS RunStart,
    Served AS
    (
        SELECT TraceId, if(ParentSpanId = '', SpanId, ParentSpanId) AS CallId
        FROM otel_traces
        WHERE otel_traces.RunId = {runId:String}
            AND SpanKind IN ('Server', 'SPAN_KIND_SERVER')
            AND ServiceName != 'callgauge'
            AND Timestamp >= RunStart - INTERVAL 1 DAY
    )
SELECT
    Step,
    Second,
    uniqExact(TraceId, SpanId) AS Calls,
    uniqExactIf((TraceId, SpanId), (TraceId, SpanId) GLOBAL IN (SELECT TraceId, CallId FROM Served)) AS Seen
FROM
(
    SELECT
        TraceId,
        SpanId,
        SpanAttributes['callgauge.step'] AS Step,
        toInt32(
            intDiv(toUnixTimestamp64Nano(Timestamp) - toUnixTimestamp64Nano(RunStart), 1000000000)
        ) AS Second
    FROM otel_traces
    WHERE otel_traces.RunId = {runId:String}
        AND ServiceName = 'callgauge'
        AND Timestamp >= RunStart
        AND SpanAttributes['callgauge.outcome'] IN ('ok', 'status', 'check')
        AND SpanAttributes['callgauge.kept'] NOT IN ('trace', 'setup', 'teardown')
)
GROUP BY Step, Second
ORDER BY Step, Second
