-- How many spans of a run there are: the harness's own, all, those whose times are impossible, and the
-- calls of services that began outside the run, by clocks that are off: no edge has those. One that was
-- delivered again, since its acknowledgement was lost, counts once.
WITH
    (SELECT max(StartedAt) FROM callgauge_runs FINAL WHERE RunId = {runId:String}) AS RunStart,
    (SELECT max(EndedAt) FROM callgauge_runs FINAL WHERE RunId = {runId:String}) AS RunEnd
SELECT
    uniqExactIf((TraceId, SpanId), ServiceName = 'callgauge') AS Harness,
    uniqExact((TraceId, SpanId, SpanKind, ServiceName)) AS AllSpans,
    uniqExactIf(
        (TraceId, SpanId, SpanKind, ServiceName),
        toInt64(Duration) < 0 OR toUnixTimestamp64Nano(Timestamp) <= 0
    ) AS Invalid,
    uniqExactIf(
        (TraceId, SpanId, ServiceName),
        SpanKind IN ('Client', 'SPAN_KIND_CLIENT')
            AND ServiceName != 'callgauge'
            AND (
                Timestamp < RunStart - INTERVAL 1 SECOND
                OR (RunEnd > RunStart AND Timestamp > RunEnd + INTERVAL 1 MINUTE)
            )
    ) AS Outside
FROM otel_traces
WHERE otel_traces.RunId = {runId:String}
