-- How many spans of a run there are: the harness's own, and all. One that was delivered again, since
-- its acknowledgement was lost, counts once.
SELECT
    uniqExactIf((TraceId, SpanId), ServiceName = 'callgauge') AS Harness,
    uniqExact((TraceId, SpanId)) AS AllSpans
FROM otel_traces
WHERE RunId = {runId:String}
