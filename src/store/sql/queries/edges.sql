-- Per edge and second: the durations that count, and how many attempts failed otherwise.
SELECT
    Caller,
    Callee,
    Operation,
    toInt32(Second) AS Second,
    sumMapIf([Duration], [toUInt64(1)], NOT Failed) AS Succeeded,
    sumMapIf([Duration], [toUInt64(1)], CutOff) AS GivenUp,
    countIf(Failed AND NOT CutOff) AS FailedCount
FROM Attempts
GROUP BY Caller, Callee, Operation, Second
ORDER BY Caller, Callee, Operation, Second
