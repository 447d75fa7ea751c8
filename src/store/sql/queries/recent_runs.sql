-- The runs that began within two days: their traces are theirs.
SELECT DISTINCT RunId
FROM callgauge_runs
WHERE StartedAt > now() - toIntervalDay(2)
