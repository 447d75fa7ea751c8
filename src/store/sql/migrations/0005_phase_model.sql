-- 'open' or 'closed'; empty in runs of before, whose phases were all open.
ALTER TABLE callgauge_runs ADD COLUMN IF NOT EXISTS `Phases.Model` Array(String) AFTER `Phases.Measured`;
