-- One row per run; the newest UpdatedAt stands, so read it with FINAL. EndedAt is the epoch while
-- the run goes on.
CREATE TABLE IF NOT EXISTS callgauge_runs
(
    RunId String,
    Scenario LowCardinality(String),
    StartedAt DateTime64(9, 'UTC'),
    EndedAt DateTime64(9, 'UTC'),
    Status LowCardinality(String),
    Seed UInt64,
    Phases Nested
    (
        Name String,
        FromNs UInt64,
        ToNs UInt64,
        Measured Bool
    ),
    Source String CODEC(ZSTD(1)),
    HarnessVersion String,
    Environment Map(String, String),
    UpdatedAt DateTime64(9, 'UTC')
)
ENGINE = ReplacingMergeTree(UpdatedAt)
ORDER BY RunId
SETTINGS non_replicated_deduplication_window = 1000;
