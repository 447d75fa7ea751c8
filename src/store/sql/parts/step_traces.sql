-- The traces of a run with calls of one step: so many of those with a bad one, and so many of the
-- others, by a hash of their ids. A call ends as its last attempt does.
WITH
    fromUnixTimestamp64Nano({fromNs:Int64}) AS FromTime,
    fromUnixTimestamp64Nano({toNs:Int64}) AS ToTime,
    selected_traces AS
    (
        SELECT Hash
        FROM
        (
            SELECT
                cityHash64(TraceId) AS Hash,
                max(
                    if(
                        {clock:String} = 'service',
                        toFloat64(Duration),
                        toFloat64(toUInt64OrZero(SpanAttributes['callgauge.response_ns']))
                    ) > {slowerThanNs:Float64}
                    OR has(
                        {outcomes:Array(String)},
                        if(
                            SpanAttributes['callgauge.call.outcome'] = '',
                            SpanAttributes['callgauge.outcome'],
                            SpanAttributes['callgauge.call.outcome']
                        )
                    )
                ) AS IsBad
            FROM otel_traces
            WHERE otel_traces.RunId = {runId:String}
                AND ServiceName = 'callgauge'
                AND SpanName = {step:String}
                AND ParentSpanId = ''
                AND SpanAttributes['callgauge.phase'] IN {phases:Array(String)}
            GROUP BY Hash
            ORDER BY IsBad, Hash
            LIMIT {tracesMax:UInt32} BY IsBad
        )
    )
