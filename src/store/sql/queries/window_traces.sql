-- How many traces there are, and the last of so many hashes as traces are wanted; 0 where there are
-- no more than that.
SELECT
    toString(count()) AS Traces,
    toString(arrayElement(arraySort(groupArray(Hash)), {tracesMax:UInt32} + 1)) AS NextHash
FROM selected_traces
