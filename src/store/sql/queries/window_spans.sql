-- The spans of the traces, of those with the least hashes where there are more than tracesMax: an
-- even sample, the same each time. A row begins with 1, so that the text of an error behind the
-- rows is none. (window-rows.ts reads the columns in this order.)
SELECT
    toUInt8(1) AS Mark,
    toString(TraceId),
    toString(SpanId),
    toString(ParentSpanId),
    toString(ServiceName),
    toString(SpanName),
    toString(SpanKind),
    toString(StatusCode),
    toInt64(toUnixTimestamp64Nano(Timestamp)),
    reinterpretAsInt64(Duration),
    {ResourceAttributes},
    {SpanAttributes}
FROM otel_traces
WHERE Timestamp >= FromTime
    AND Timestamp < ToTime + toIntervalSecond({aroundSec:UInt32})
    AND ({runId:String} = '' OR otel_traces.RunId = {runId:String})
    AND TraceId GLOBAL IN
    (
        SELECT TraceId
        FROM selected_traces
        ORDER BY cityHash64(TraceId), TraceId
        LIMIT {tracesMax:UInt32}
    )
