-- The fault windows of a run in the order of their begin. A window has a row from when it opened, and
-- one from when it closed, whose end is the lesser: what is still open ends at 2^53 - 1.
SELECT
    Fault,
    PlaceKind,
    Place,
    Effect,
    argMin(callgauge_fault_windows.Attributes, callgauge_fault_windows.ToNs) AS Attributes,
    FromNs,
    min(callgauge_fault_windows.ToNs) AS ToNs
FROM callgauge_fault_windows
WHERE RunId = {runId:String}
GROUP BY Fault, PlaceKind, Place, Effect, FromNs
ORDER BY FromNs, Fault, Place
