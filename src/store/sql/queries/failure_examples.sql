-- The first and the last stored call of each reason for which calls of the phases failed.
WITH (SELECT max(StartedAt) FROM callgauge_runs FINAL WHERE RunId = {runId:String}) AS RunStart
SELECT
    SpanAttributes['callgauge.step'] AS Step,
    SpanAttributes['callgauge.outcome'] AS Outcome,
    SpanAttributes['callgauge.reason'] AS Reason,
    argMin(TraceId, (Timestamp, SpanId)) AS FirstTrace,
    argMax(TraceId, (Timestamp, SpanId)) AS LastTrace
FROM otel_traces
WHERE otel_traces.RunId = {runId:String}
    AND ServiceName = 'callgauge'
    AND ParentSpanId = ''
    AND StatusCode IN ('Error', 'STATUS_CODE_ERROR')
    AND Timestamp >= RunStart
    AND SpanAttributes['callgauge.phase'] IN {phases:Array(String)}
GROUP BY Step, Outcome, Reason
ORDER BY count() DESC, Step, Outcome, Reason
LIMIT 1000
