-- A database may hold a Collector's table already, without our column: then it gets it. The values of
-- rows that stand there are computed as they are read.
ALTER TABLE otel_traces
    ADD COLUMN IF NOT EXISTS RunId String MATERIALIZED substring(TraceId, 1, 16) CODEC(ZSTD(1));
ALTER TABLE otel_traces
    ADD INDEX IF NOT EXISTS idx_run_id RunId TYPE bloom_filter(0.001) GRANULARITY 1;
