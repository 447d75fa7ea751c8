-- What has been applied, by whom it does not matter: two processes may migrate at once, each
-- statement of each migration can run twice, and a version that stands here twice counts once.
CREATE TABLE IF NOT EXISTS callgauge_migrations
(
    Version UInt32,
    Name String,
    Checksum String,
    AppliedAt DateTime64(9, 'UTC')
)
ENGINE = ReplacingMergeTree(AppliedAt)
ORDER BY Version;
