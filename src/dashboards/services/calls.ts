import {
  indented,
  isOfTraces,
  sampledTracesOf,
  type TraceScope,
  type TraceWindow,
} from './trace-window.ts';

/** What a caller says of whom it calls, by how much it says; the older names too. */
const PEER_KEYS = [
  'service.peer.name',
  'peer.service',
  'db.namespace',
  'messaging.destination.name',
  'server.address',
  'net.peer.name',
  'network.peer.address',
  'net.peer.ip',
  'db.system.name',
  'db.system',
  'messaging.system',
];

/** The first columns put the spans of a trace in their order: a caller before what it calls. */
const SPAN =
  'Tuple(Start DateTime64(9), Longest Int64, SpanId String, NotCaller UInt8, Kind String, Service String, Key UInt64, Name String, Failed UInt8, Peer String, Shares UInt8, Weight Float64)';

const CALL =
  'Tuple(Caller String, CallerIs String, Callee String, Operation String, Kind String, Served UInt8, Ns Int64, Failed UInt8, NetworkNs Nullable(Int64), Weight Float64)';

/**
 * Returns a query with a row for each call and message between services in a window, by the rules
 * of `callgauge graph` (spans/service-graph.ts): the duration, the failure and the weight are those
 * of the caller's span, of a message those of its handling.
 *
 *   spans ─► above: by id ─► linked: by parent ─► roles: by parent ─► calls
 *
 * Every step is one pass over the spans of the traces that are read, so that the table is read once
 * for the traces, and once for their spans. A family is a span with all that name it their parent.
 */
export function callsOf(window: TraceWindow, scope: TraceScope): string {
  return `
SELECT TraceId, call.Caller AS Caller, call.CallerIs AS CallerIs, call.Callee AS Callee,
  call.Operation AS Operation, call.Kind AS Kind, call.Served AS Served, call.Ns AS Ns,
  call.Failed AS Failed, call.NetworkNs AS NetworkNs, call.Weight AS Weight
FROM (
  ${indented(familiesOf(rolesOf(linkedOf(spansOf(window, scope)))), 2)}
)
ARRAY JOIN Calls AS call`.trim();
}

/**
 * Returns a query of every span of the traces that are read, once: of those that agree in id, kind,
 * service and start the longest.
 */
export function spansOf(window: TraceWindow, scope: TraceScope): string {
  const peers = PEER_KEYS.map((key) => `nullIf(SpanAttributes['${key}'], '')`);
  return `
SELECT
  TraceId, SpanId, ParentSpanId, Timestamp,
  toString(ServiceName) AS Service,
  toString(SpanName) AS Name,
  lower(replaceOne(toString(SpanKind), 'SPAN_KIND_', '')) AS Told,
  if(Told IN ('client', 'consumer', 'internal', 'producer', 'server'), Told, 'unspecified') AS Kind,
  Kind IN ('client', 'producer') AS IsCaller,
  cityHash64(SpanId, Kind, Service, Timestamp) AS Key,
  reinterpretAsInt64(Duration) AS RawNs,
  StatusCode IN ('Error', 'STATUS_CODE_ERROR') AS Failed,
  SampleWeight AS Weight,
  coalesce(${peers.join(', ')}, '') AS Peer
FROM otel_traces
WHERE ${indented(isOfTraces(window, scope, sampledTracesOf(window, scope)), 0)}
ORDER BY RawNs DESC
LIMIT 1 BY TraceId, SpanId, Kind, Service, Timestamp`.trim();
}

/**
 * Each span with the one above it. A server that goes on with the span of its client has its id,
 * and is below it; else, of several with the id of the parent, one of its own service.
 */
function linkedOf(spans: string): string {
  return `
SELECT
  TraceId,
  link.1 AS Span,
  link.2.1 AS ParentKey,
  link.2.2 AS ParentService,
  multiIf(ParentKey != 0, 'service', AboveId = '', 'outside', 'not stored') AS CallerIs,
  multiIf(
    Span.Kind = 'internal', 'inner',
    Span.Kind != 'unspecified', Span.Kind,
    CallerIs != 'service' OR ParentService != Span.Service, 'server',
    ''
  ) AS Role
FROM (
  SELECT
    TraceId, AboveId,
    arraySort(groupArrayIf(Span, IsSelf)) AS Selves,
    groupArrayIf(Span, NOT IsSelf) AS Children,
    arrayJoin(arrayMap(
      child -> (child, if(
        AboveId = '' OR arrayMax(arrayMap(
          (self, i) -> ${rankOf('self', 'child', 'i')}, Selves, arrayEnumerate(Selves)) AS ranks) = 0,
        (toUInt64(0), ''),
        arrayReduce('argMax', arrayMap(self -> (self.Key, self.Service), Selves), ranks)
      )),
      Children
    )) AS link
  FROM (
    SELECT
      TraceId,
      NOT IsCaller AND countIf(IsCaller) OVER (PARTITION BY TraceId, SpanId) > 0 AS Shares,
      CAST((Timestamp, -RawNs, SpanId, NOT IsCaller, Kind, Service, Key, Name, Failed, Peer, Shares, Weight), '${SPAN}') AS Span,
      arrayJoin([(SpanId, true), (if(Shares, SpanId, ParentSpanId), false)]) AS place,
      place.1 AS AboveId,
      place.2 AS IsSelf
    FROM (
      ${indented(spans, 6)}
    )
  )
  GROUP BY TraceId, AboveId
)`.trim();
}

/** How near a span with the id of a child's parent is to it; 0 for one that is not above it. */
function rankOf(self: string, child: string, i: string): string {
  return `multiIf(
            ${child}.Shares, if(${self}.NotCaller, 0, 1000000 - toInt64(${i})),
            ${self}.Key = ${child}.Key, 0,
            (10 + 2 * (${self}.Service = ${child}.Service) + ${self}.NotCaller) * 1000000
              + if(${self}.NotCaller, toInt64(${i}), -toInt64(${i})))`;
}

/** Where a tracer records no kinds, a span with children of other services alone is a client's. */
function rolesOf(linked: string): string {
  return `
SELECT
  TraceId,
  member.1 AS Span, member.2 AS ParentKey, member.3 AS ParentService, member.4 AS CallerIs,
  multiIf(member.5 != '', member.5, OwnChildren > 0 OR AllChildren = 0, 'inner', 'client') AS Role
FROM (
  SELECT
    TraceId, Family,
    countIf(NOT IsSelf) AS AllChildren,
    countIf(NOT IsSelf AND Span.Service = ParentService) AS OwnChildren,
    arrayJoin(groupArrayIf((Span, ParentKey, ParentService, CallerIs, Role), IsSelf)) AS member
  FROM (
    SELECT *, arrayJoin([(Span.Key, true), (ParentKey, false)]) AS place, place.1 AS Family, place.2 AS IsSelf
    FROM (
      ${indented(linked, 6)}
    )
  )
  GROUP BY TraceId, Family
)`.trim();
}

/** The calls of each family: those that its span makes, or those of its children that none made. */
function familiesOf(roles: string): string {
  return `
SELECT
  TraceId, Family,
  anyIf(Span, IsSelf) AS Self,
  anyIf(Role, IsSelf) AS SelfRole,
  arraySort(child -> (-greatest(-child.1.Longest, 0), child.1), groupArrayIf((Span, Role, CallerIs), NOT IsSelf AND Role IN ('server', 'consumer'))) AS Serving,
  countIf(NOT IsSelf AND Role = 'client' AND Span.Service = ParentService) > 0 AS IsCalledBelow,
  arrayFilter(child -> child.2 = 'consumer', Serving) AS Takers,
  greatest(-Self.Longest, 0) AS SelfNs,
  length(Serving) > 0 AS IsServed,
  if(IsServed, Serving[1].1.Service, Self.Peer) AS Called,
  CAST(multiIf(
    SelfRole = 'client' AND NOT IsServed AND IsCalledBelow,
    [],
    SelfRole = 'client',
    [(Self.Service, 'service', Called, Self.Name, 'call', IsServed, SelfNs, Self.Failed, if(IsServed, toNullable(greatest(0, SelfNs - greatest(-Serving[1].1.Longest, 0))), NULL), Self.Weight)],
    SelfRole = 'producer' AND length(Takers) = 0,
    [(Self.Service, 'service', Called, Self.Name, 'message', false, SelfNs, Self.Failed, NULL, Self.Weight)],
    SelfRole = 'producer',
    arrayMap(child -> (Self.Service, 'service', child.1.Service, Self.Name, 'message', true, greatest(-child.1.Longest, 0), child.1.Failed, NULL, child.1.Weight), Takers),
    arrayMap(
      child -> (Self.Service, child.3, child.1.Service, child.1.Name, if(child.2 = 'consumer', 'message', 'call'), true, greatest(-child.1.Longest, 0), child.1.Failed, NULL, child.1.Weight),
      arrayFilter(child -> child.1.Service != Self.Service, Serving)
    )
  ), 'Array(${CALL})') AS Calls
FROM (
  SELECT *, arrayJoin([(Span.Key, true), (ParentKey, false)]) AS place, place.1 AS Family, place.2 AS IsSelf
  FROM (
    ${indented(roles, 4)}
  )
)
GROUP BY TraceId, Family`.trim();
}
