-- Why the calls of a run failed, and how many for each reason.
SELECT
    Phase,
    Step,
    Outcome,
    Text,
    sum(Count) AS Total
FROM callgauge_errors
WHERE RunId = {runId:String}
GROUP BY Phase, Step, Outcome, Text
ORDER BY Phase, Step, Outcome, Text
