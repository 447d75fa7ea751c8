-- The spans of the traces whose hashes are below a bound: an even sample, the same each time. Texts that
-- come again and again are sent as numbers into a dictionary. (window-blocks.ts reads the columns in
-- this order.)
SELECT
    toString(TraceId),
    toString(SpanId),
    toString(ParentSpanId),
    toLowCardinality(toString(ServiceName)),
    toLowCardinality(toString(SpanName)),
    toLowCardinality(toString(SpanKind)),
    toLowCardinality(toString(StatusCode)),
    toInt64(toUnixTimestamp64Nano(Timestamp)),
    reinterpretAsInt64(Duration),
    {Weight},
    {ResourceAttributes},
    {SpanAttributes}
FROM otel_traces
WHERE Timestamp >= FromTime
    AND Timestamp < ToTime + toIntervalSecond({aroundSec:UInt32})
    AND ({runId:String} = '' OR otel_traces.RunId = {runId:String})
    AND cityHash64(TraceId) < {hashesBelow:UInt64}
    AND cityHash64(TraceId) GLOBAL IN (SELECT Hash FROM selected_traces)
