-- The histograms of a run second by second, the parts of one second merged.
SELECT
    Second,
    Phase,
    Step,
    Target,
    Outcome,
    Clock,
    sumMap(ValueNs, Count) AS Merged
FROM callgauge_histograms
WHERE RunId = {runId:String}
GROUP BY Second, Phase, Step, Target, Outcome, Clock
ORDER BY Second, Phase, Step, Target, Outcome, Clock
