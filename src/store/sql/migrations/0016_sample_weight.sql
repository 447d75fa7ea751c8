-- How many spans a span stands for, for whoever counts them: 2^64 over what is left above the threshold
-- `th` of OpenTelemetry's entry in its trace state, read as a fraction of 2^64; 1 where it has none. It is
-- computed as it is read.
ALTER TABLE otel_traces
    ADD COLUMN IF NOT EXISTS SampleWeight Float64 ALIAS if(position(TraceState, 'th:') = 0, 1., 18446744073709551616. / (18446744073709551616. - reinterpretAsUInt64(reverse(unhex(rightPad(extract(TraceState, '(?:^|,)\\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[,;]|$)'), 16, '0'))))));
