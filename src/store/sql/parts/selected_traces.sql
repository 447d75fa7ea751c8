-- Traces of which the earliest span begins in [fromNs, toNs); spans are looked at for aroundSec
-- before and behind, so that a trace that began earlier is not taken for one that begins here. They
-- are told apart by 64 bits of a hash: of a million traces, two are one with a chance of 3 in 10^8.
WITH
    fromUnixTimestamp64Nano({fromNs:Int64}) AS FromTime,
    fromUnixTimestamp64Nano({toNs:Int64}) AS ToTime,
    selected_traces AS
    (
        SELECT cityHash64(TraceId) AS Hash
        FROM otel_traces
        WHERE Timestamp >= FromTime - toIntervalSecond({aroundSec:UInt32})
            AND Timestamp < ToTime + toIntervalSecond({aroundSec:UInt32})
            AND ({runId:String} = '' OR otel_traces.RunId = {runId:String})
            AND TraceId != ''
            AND cityHash64(TraceId) < {hashesBelow:UInt64}
        GROUP BY Hash
        HAVING min(Timestamp) >= FromTime
            AND min(Timestamp) < ToTime
            AND ({service:String} = '' OR countIf(ServiceName = {service:String}) > 0)
    )
