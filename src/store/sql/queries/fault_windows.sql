-- The fault windows of a run in the order of their begin.
SELECT
    Fault,
    PlaceKind,
    Place,
    Effect,
    Attributes,
    FromNs,
    ToNs
FROM callgauge_fault_windows
WHERE RunId = {runId:String}
ORDER BY FromNs, Fault, Place
