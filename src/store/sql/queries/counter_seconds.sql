-- Some of a run's counters, per second.
SELECT
    Second,
    Phase,
    Step,
    Counter,
    sum(Value) AS Total
FROM callgauge_counters
WHERE RunId = {runId:String} AND Counter IN {counters:Array(String)}
GROUP BY Second, Phase, Step, Counter
ORDER BY Second, Phase, Step, Counter
