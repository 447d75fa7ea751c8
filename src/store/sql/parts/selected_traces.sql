-- Traces of which the earliest span begins in [fromNs, toNs); spans are looked at for aroundSec
-- before and behind, so that a trace that began earlier is not taken for one that begins here.
WITH
    fromUnixTimestamp64Nano({fromNs:Int64}) AS FromTime,
    fromUnixTimestamp64Nano({toNs:Int64}) AS ToTime,
    selected_traces AS
    (
        SELECT TraceId
        FROM otel_traces
        WHERE Timestamp >= FromTime - toIntervalSecond({aroundSec:UInt32})
            AND Timestamp < ToTime + toIntervalSecond({aroundSec:UInt32})
            AND ({runId:String} = '' OR otel_traces.RunId = {runId:String})
            AND TraceId != ''
        GROUP BY TraceId
        HAVING min(Timestamp) >= FromTime
            AND min(Timestamp) < ToTime
            AND ({service:String} = '' OR countIf(ServiceName = {service:String}) > 0)
    )
