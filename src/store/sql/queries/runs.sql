-- The runs whose id begins so, of a scenario, all for none, the newest first.
SELECT
    RunId,
    Scenario,
    toString(toUnixTimestamp64Nano(StartedAt)) AS StartedNs,
    toString(toUnixTimestamp64Nano(EndedAt)) AS EndedNs,
    Status,
    Seed,
    Phases.Name AS PhaseNames,
    Phases.FromNs AS PhaseFromNs,
    Phases.ToNs AS PhaseToNs,
    Phases.Measured AS PhaseMeasured,
    Phases.Model AS PhaseModel,
    Source,
    Plan,
    Verdict,
    HarnessVersion,
    Environment,
    Targets,
    ServiceEnds,
    LoadEnd
FROM callgauge_runs FINAL
WHERE startsWith(RunId, {runId:String})
    AND ({scenario:String} = '' OR Scenario = {scenario:String})
ORDER BY StartedAt DESC, RunId DESC
LIMIT {limit:UInt32}
