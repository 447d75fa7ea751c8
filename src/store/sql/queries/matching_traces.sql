-- Traces that have a span for which {conditions} hold, in the order that is wanted. No more is read
-- here than puts them in order: trace_summaries.sql says the rest of the few that are shown.
SELECT
    TraceId,
    toString(toUnixTimestamp64Nano(min(Timestamp))) AS FirstNs,
    toString(toUnixTimestamp64Nano(max(Timestamp))) AS LastNs
FROM otel_traces
WHERE TraceId != '' AND {conditions}
GROUP BY TraceId
ORDER BY {order} min(Timestamp) DESC, TraceId
LIMIT {limit:UInt32}
