-- What the run was to do, as JSON with a version; empty in runs of before, of which Source tells it.
ALTER TABLE callgauge_runs ADD COLUMN IF NOT EXISTS Plan String CODEC(ZSTD(1)) AFTER Source;
