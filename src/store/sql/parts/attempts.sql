-- The attempts between services whose spans are {Selected}, of a run or of a time: each CLIENT span
-- of a service, and the service whose SERVER span is its child, or shares its id. An attempt that
-- reached no instrumented server is put to the service that the same caller found under the same
-- name or address in its other attempts, else to that name. Spans that end before they start are
-- left out: span_counts.sql counts them. (attempt-queries.ts has what stands for {Selected}, {Around}
-- and {Begin}.)
WITH
    {Begin} AS Begin,
    toUnixTimestamp64Nano(Begin) AS BeginNs,
    ClientSpans AS
    (
        SELECT
            TraceId,
            SpanId,
            Timestamp,
            ServiceName AS Caller,
            SpanName AS Operation,
            intDiv(toUnixTimestamp64Nano(Timestamp) - BeginNs, 1000000000) AS Second,
            Duration,
            {Ending},
            -- Names of the service before names of hosts; each before the older names of the same.
            coalesce(
                nullIf(SpanAttributes['server.service.name'], ''),
                nullIf(SpanAttributes['service.peer.name'], ''),
                nullIf(SpanAttributes['peer.service'], '')
            ) AS PeerService,
            coalesce(
                nullIf(SpanAttributes['server.address'], ''),
                nullIf(SpanAttributes['net.peer.name'], ''),
                nullIf(SpanAttributes['network.peer.address'], ''),
                nullIf(SpanAttributes['net.sock.peer.addr'], ''),
                nullIf(SpanAttributes['net.peer.ip'], ''),
                'unknown'
            ) AS Host,
            coalesce(
                nullIf(SpanAttributes['server.port'], ''),
                nullIf(SpanAttributes['net.peer.port'], ''),
                nullIf(SpanAttributes['network.peer.port'], ''),
                nullIf(SpanAttributes['net.sock.peer.port'], ''),
                ''
            ) AS Port,
            coalesce(PeerService, if(Port = '', Host, concat(Host, ':', Port))) AS Peer
        FROM otel_traces
        WHERE {Selected}
            AND SpanKind IN ('Client', 'SPAN_KIND_CLIENT')
            AND ServiceName != 'callgauge'
            AND toInt64(Duration) >= 0
            AND arrayExists(
                (fromNs, toNs) -> toUnixTimestamp64Nano(Timestamp) - BeginNs >= fromNs
                    AND toUnixTimestamp64Nano(Timestamp) - BeginNs < toNs,
                {fromNs:Array(Int64)},
                {toNs:Array(Int64)}
            )
        LIMIT 1 BY TraceId, SpanId, ServiceName
    ),
    ServerSpans AS
    (
        SELECT
            TraceId,
            -- A server that goes on with the span of its client has the id of that span.
            if((TraceId, SpanId) GLOBAL IN (
                SELECT TraceId, SpanId
                FROM otel_traces
                WHERE {Around}
                    AND SpanKind IN ('Client', 'SPAN_KIND_CLIENT')
            ), SpanId, ParentSpanId) AS ClientSpanId,
            min(ServiceName) AS Service
        FROM otel_traces
        WHERE {Around}
            AND SpanKind IN ('Server', 'SPAN_KIND_SERVER')
        GROUP BY TraceId, ClientSpanId
        HAVING ClientSpanId != ''
    ),
    Attempts AS
    (
        SELECT
            c.TraceId AS TraceId,
            c.SpanId AS SpanId,
            c.Timestamp AS StartedAt,
            c.Caller AS Caller,
            c.Operation AS Operation,
            c.Second AS Second,
            c.Duration AS Duration,
            c.Failed AS Failed,
            c.CutOff AS CutOff,
            c.StatusMessage AS StatusMessage,
            c.ErrorType AS ErrorType,
            c.HttpStatus AS HttpStatus,
            c.RpcStatus AS RpcStatus,
            s.Service AS Service,
            max(s.Service) OVER (PARTITION BY c.Caller, c.Peer) AS ServiceAtPeer,
            coalesce(nullIf(Service, ''), nullIf(ServiceAtPeer, ''), c.Peer) AS Callee
        FROM ClientSpans AS c
        LEFT JOIN ServerSpans AS s ON c.TraceId = s.TraceId AND c.SpanId = s.ClientSpanId
    )
