-- Why connections could not be opened, counted exactly per second and target; a bounded number of texts per target. Rows add up.
CREATE TABLE IF NOT EXISTS callgauge_connect_errors
(
    RunId String CODEC(ZSTD(1)),
    Second UInt32 CODEC(Delta(4), ZSTD(1)),
    Time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    Phase LowCardinality(String),
    Target LowCardinality(String),
    Reason LowCardinality(String),
    Text String CODEC(ZSTD(1)),
    Count UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(Time)
ORDER BY (RunId, Target, Reason, Text, Second)
SETTINGS non_replicated_deduplication_window = 1000;
