-- What the report said of the run, 'passed' say; empty in runs of before, and in those without a report.
ALTER TABLE callgauge_runs ADD COLUMN IF NOT EXISTS Verdict LowCardinality(String) AFTER Plan;
