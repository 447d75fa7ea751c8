-- How many attempts are {Selected}; one that was delivered twice may count twice. And the highest
-- threshold below which traces were left out, of 14 hex digits; '' where none was.
WITH {Begin} AS Begin
SELECT
    toString(count()) AS Attempts,
    max({Threshold}) AS Threshold
FROM otel_traces
WHERE {Selected}
    AND SpanKind IN ('Client', 'SPAN_KIND_CLIENT', 'Server', 'SPAN_KIND_SERVER')
