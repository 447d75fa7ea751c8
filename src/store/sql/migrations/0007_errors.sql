-- Why calls failed, counted exactly per second; a bounded number of reasons per step. Rows add up.
CREATE TABLE IF NOT EXISTS callgauge_errors
(
    RunId String CODEC(ZSTD(1)),
    Second UInt32 CODEC(Delta(4), ZSTD(1)),
    Time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    Phase LowCardinality(String),
    Step LowCardinality(String),
    Outcome LowCardinality(String),
    Text String CODEC(ZSTD(1)),
    Count UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(Time)
ORDER BY (RunId, Step, Outcome, Text, Second)
SETTINGS non_replicated_deduplication_window = 1000;
