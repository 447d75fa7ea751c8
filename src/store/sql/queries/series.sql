-- Every series of a run, its seconds, workers and shards merged. sumMap sorts by value.
SELECT
    Phase,
    Step,
    Target,
    Outcome,
    Clock,
    sumMap(ValueNs, Count) AS Merged
FROM callgauge_histograms
WHERE RunId = {runId:String}
GROUP BY Phase, Step, Target, Outcome, Clock
ORDER BY Phase, Step, Target, Outcome, Clock
