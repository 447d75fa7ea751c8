-- The arrivals of a run per second and phase, and how many of them were dropped.
SELECT
    Second,
    Phase,
    sumIf(Value, Counter = 'arrivals') AS Arrivals,
    sumIf(Value, Counter = 'dropped_arrivals') AS Dropped
FROM callgauge_counters
WHERE RunId = {runId:String} AND Counter IN ('arrivals', 'dropped_arrivals')
GROUP BY Second, Phase
ORDER BY Second, Phase
