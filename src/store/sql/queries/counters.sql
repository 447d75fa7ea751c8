-- The totals of a run's counters.
SELECT
    Phase,
    Step,
    Counter,
    sum(Value) AS Total
FROM callgauge_counters
WHERE RunId = {runId:String}
GROUP BY Phase, Step, Counter
ORDER BY Phase, Step, Counter
