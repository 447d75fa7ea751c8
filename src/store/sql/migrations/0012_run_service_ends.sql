-- Services of the run that ended though nobody asked them to, as JSON; empty for none, and in runs of before.
ALTER TABLE callgauge_runs ADD COLUMN IF NOT EXISTS ServiceEnds String AFTER Environment;
