-- Where each target was, by its name: http://127.0.0.1:7999, without the path. Empty in runs of before.
ALTER TABLE callgauge_runs ADD COLUMN IF NOT EXISTS Targets Map(LowCardinality(String), String) AFTER Environment;
