-- The attempts between services: each CLIENT span of a service, and the service whose SERVER span
-- is its child. An attempt that reached no instrumented server is put to the service that the same
-- caller found at the same address in its other attempts, else to the address itself. The day
-- before the run is for hosts whose clocks are behind; older partitions are not read.
WITH
    (SELECT max(StartedAt) FROM callgauge_runs FINAL WHERE RunId = {runId:String}) AS RunStart,
    toUnixTimestamp64Nano(RunStart) AS RunStartNs,
    ClientSpans AS
    (
        SELECT
            TraceId,
            SpanId,
            ServiceName AS Caller,
            SpanName AS Operation,
            Duration,
            StatusCode = 'Error' AS Failed,
            -- Given up by the caller: it would have taken this long at least.
            Failed AND match(
                concat(SpanAttributes['error.type'], ' ', StatusMessage),
                '(?i)time.?out|timed.?out|abort|cancel|deadline'
            ) AS CutOff,
            coalesce(
                nullIf(SpanAttributes['server.address'], ''),
                nullIf(SpanAttributes['net.peer.name'], ''),
                nullIf(SpanAttributes['peer.service'], ''),
                'unknown'
            ) AS Host,
            coalesce(
                nullIf(SpanAttributes['server.port'], ''),
                nullIf(SpanAttributes['net.peer.port'], ''),
                ''
            ) AS Port,
            if(Port = '', Host, concat(Host, ':', Port)) AS Peer
        FROM otel_traces
        WHERE RunId = {runId:String}
            AND SpanKind = 'Client'
            AND Timestamp >= RunStart - INTERVAL 1 DAY
            AND ServiceName != 'callgauge'
            AND arrayExists(
                (fromNs, toNs) -> toUnixTimestamp64Nano(Timestamp) - RunStartNs >= fromNs
                    AND toUnixTimestamp64Nano(Timestamp) - RunStartNs < toNs,
                {fromNs:Array(Int64)},
                {toNs:Array(Int64)}
            )
        LIMIT 1 BY TraceId, SpanId
    ),
    ServerSpans AS
    (
        SELECT
            TraceId,
            ParentSpanId,
            min(ServiceName) AS Service
        FROM otel_traces
        WHERE RunId = {runId:String}
            AND SpanKind = 'Server'
            AND ParentSpanId != ''
            AND Timestamp >= RunStart - INTERVAL 1 DAY
        GROUP BY TraceId, ParentSpanId
    ),
    Attempts AS
    (
        SELECT
            c.Caller AS Caller,
            c.Operation AS Operation,
            c.Peer AS Peer,
            c.Duration AS Duration,
            c.Failed AS Failed,
            c.CutOff AS CutOff,
            s.Service AS Service,
            max(s.Service) OVER (PARTITION BY c.Caller, c.Peer) AS ServiceAtPeer
        FROM ClientSpans AS c
        LEFT JOIN ServerSpans AS s ON c.TraceId = s.TraceId AND c.SpanId = s.ParentSpanId
    )
SELECT
    Caller,
    coalesce(nullIf(Service, ''), nullIf(ServiceAtPeer, ''), Peer) AS Callee,
    Operation,
    sumMapIf([Duration], [toUInt64(1)], NOT Failed) AS Succeeded,
    sumMapIf([Duration], [toUInt64(1)], CutOff) AS GivenUp,
    countIf(Failed AND NOT CutOff) AS FailedCount
FROM Attempts
GROUP BY Caller, Callee, Operation
ORDER BY Caller, Callee, Operation
