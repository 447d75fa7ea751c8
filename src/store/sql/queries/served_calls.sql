-- How many calls of the run have a server's span, kept or not. A server's span is that of a call
-- where its parent, or in Zipkin's manner its own id, is a span id that the run minted for one: of
-- the 64 bits, the upper half is then the mix of the lower (src/trace/run-ids.ts).
WITH
    (SELECT max(StartedAt) FROM callgauge_runs FINAL WHERE RunId = {runId:String}) AS RunStart,
    Served AS
    (
        SELECT DISTINCT
            TraceId,
            if(ParentSpanId = '', SpanId, ParentSpanId) AS CallId
        FROM otel_traces
        WHERE otel_traces.RunId = {runId:String}
            AND SpanKind IN ('Server', 'SPAN_KIND_SERVER')
            AND ServiceName != 'callgauge'
            AND Timestamp >= RunStart - INTERVAL 1 DAY
    ),
    4294967295 AS Mask,
    reinterpretAsUInt32(reverse(unhex(substring(CallId, 1, 8)))) AS High,
    reinterpretAsUInt32(reverse(unhex(substring(CallId, 9, 8)))) AS Low,
    bitAnd(2147483648 + toUInt64(Low) * {spanKey:UInt32}, Mask) AS Mix0,
    bitAnd(bitXor(Mix0, bitShiftRight(Mix0, 16)) * 2246822507, Mask) AS Mix1,
    bitAnd(bitXor(Mix1, bitShiftRight(Mix1, 13)) * 3266489909, Mask) AS Mix2
SELECT count() AS Calls
FROM Served
WHERE High = bitXor(Mix2, bitShiftRight(Mix2, 16))
