-- A histogram without its empty buckets, per series and second. Several rows of one second add up,
-- so workers and shards merge by being inserted. Quantiles: ARRAY JOIN ValueNs, Count and
-- quantileExactWeighted(p)(ValueNs, Count).
CREATE TABLE IF NOT EXISTS callgauge_histograms
(
    RunId String CODEC(ZSTD(1)),
    Second UInt32 CODEC(Delta(4), ZSTD(1)),
    Time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    Phase LowCardinality(String),
    Step LowCardinality(String),
    Target LowCardinality(String),
    Outcome LowCardinality(String),
    Clock LowCardinality(String),
    ValueNs Array(UInt64) CODEC(T64, ZSTD(1)),
    Count Array(UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(Time)
ORDER BY (RunId, Clock, Step, Phase, Outcome, Target, Second)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS callgauge_counters
(
    RunId String CODEC(ZSTD(1)),
    Second UInt32 CODEC(Delta(4), ZSTD(1)),
    Time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    Phase LowCardinality(String),
    Step LowCardinality(String),
    Counter LowCardinality(String),
    Value UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(Time)
ORDER BY (RunId, Counter, Phase, Step, Second)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS callgauge_fault_windows
(
    RunId String CODEC(ZSTD(1)),
    Fault LowCardinality(String),
    Proxy LowCardinality(String),
    Toxic LowCardinality(String),
    Attributes Map(String, String),
    FromNs UInt64,
    ToNs UInt64,
    StartedAt DateTime64(9, 'UTC'),
    EndedAt DateTime64(9, 'UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(StartedAt)
ORDER BY (RunId, StartedAt, Fault)
SETTINGS non_replicated_deduplication_window = 1000;
