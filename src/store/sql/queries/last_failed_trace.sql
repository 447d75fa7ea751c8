-- The trace of the last span of a run that failed, those of calls of the phases before all others.
WITH (SELECT max(StartedAt) FROM callgauge_runs FINAL WHERE RunId = {runId:String}) AS RunStart
SELECT
    TraceId,
    ServiceName
FROM otel_traces
WHERE otel_traces.RunId = {runId:String}
    AND StatusCode IN ('Error', 'STATUS_CODE_ERROR')
    AND Timestamp >= RunStart - INTERVAL 1 DAY
    AND (
        ServiceName != 'callgauge'
        OR SpanAttributes['callgauge.phase'] IN {phases:Array(String)}
    )
ORDER BY ServiceName = 'callgauge' DESC, Timestamp DESC, SpanId
LIMIT 1
