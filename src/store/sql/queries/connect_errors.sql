-- Why connections of a run could not be opened, and how many for each reason.
SELECT
    Phase,
    Target,
    Text,
    sum(Count) AS Total
FROM callgauge_connect_errors
WHERE RunId = {runId:String}
GROUP BY Phase, Target, Text
ORDER BY Phase, Target, Text
