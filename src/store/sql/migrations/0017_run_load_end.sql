-- Why a load ended that was judged while it went on, as JSON; empty where it ended as planned, and in runs of before.
ALTER TABLE callgauge_runs ADD COLUMN IF NOT EXISTS LoadEnd String AFTER ServiceEnds;
