-- How many spans of a run there are: the harness's own, and all.
SELECT
    countIf(ServiceName = 'callgauge') AS Harness,
    count() AS AllSpans
FROM otel_traces
WHERE RunId = {runId:String}
