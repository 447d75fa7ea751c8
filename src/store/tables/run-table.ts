import {
  epochMsFromNs,
  epochNsFromMs,
  type LoadEnd,
  type RunRecord,
  type RunStatus,
  type ServiceEnd,
} from '../../core/index.ts';
import {
  array,
  attributes,
  bool,
  column,
  dateTime64,
  string,
  type Table,
  uint64,
} from '../../native/index.ts';

/** A run as it was at one moment; the newest row counts. */
export interface RunVersion extends RunRecord {
  readonly updatedEpochNs: bigint;
}

export const RUN_TABLE: Table<RunVersion> = {
  name: 'callgauge_runs',
  columns: [
    column('RunId', string, (run) => run.runId),
    column('Scenario', string, (run) => run.scenario),
    column('StartedAt', dateTime64, (run) => epochNsFromMs(run.startedEpochMs)),
    column('EndedAt', dateTime64, (run) => epochNsFromMs(run.endedEpochMs)),
    column('Status', string, (run) => run.status),
    column('Seed', uint64, (run) => run.seed),
    column('Phases.Name', array(string), (run) => run.phases.map((p) => p.name)),
    column('Phases.FromNs', array(uint64), (run) => run.phases.map((p) => p.fromNs)),
    column('Phases.ToNs', array(uint64), (run) => run.phases.map((p) => p.toNs)),
    column('Phases.Measured', array(bool), (run) => run.phases.map((p) => p.measured)),
    column('Phases.Model', array(string), (run) => run.phases.map((p) => p.model)),
    column('Source', string, (run) => run.source),
    column('Plan', string, (run) => run.plan),
    column('Verdict', string, (run) => run.verdict),
    column('HarnessVersion', string, (run) => run.harnessVersion),
    column('Environment', attributes, (run) => run.environment),
    column('Targets', attributes, ({ targets = {} }) => targets),
    column('ServiceEnds', string, ({ serviceEnds = [] }) =>
      serviceEnds.length === 0 ? '' : JSON.stringify(serviceEnds),
    ),
    column('LoadEnd', string, ({ loadEnd }) =>
      loadEnd === undefined ? '' : JSON.stringify(loadEnd),
    ),
    column('UpdatedAt', dateTime64, (run) => run.updatedEpochNs),
  ],
};

/** A row of sql/queries/runs.sql. */
export interface RunRow {
  readonly RunId: string;
  readonly Scenario: string;
  readonly StartedNs: string;
  readonly EndedNs: string;
  readonly Status: string;
  readonly Seed: number;
  readonly PhaseNames: readonly string[];
  readonly PhaseFromNs: readonly number[];
  readonly PhaseToNs: readonly number[];
  readonly PhaseMeasured: readonly boolean[];
  /** Empty texts in runs of before there were closed phases. */
  readonly PhaseModel: readonly string[];
  readonly Source: string;
  /** Empty in runs of before there were plans. */
  readonly Plan: string;
  /** Empty in runs of before it was stored. */
  readonly Verdict: string;
  readonly HarnessVersion: string;
  readonly Environment: Readonly<Record<string, string>>;
  readonly Targets: Readonly<Record<string, string>>;
  /** JSON; empty for none. */
  readonly ServiceEnds: string;
  /** JSON; empty for none. */
  readonly LoadEnd: string;
}

/** Returns the run of a row. A status that this version does not know is `partial`. */
export function runFromRow(row: RunRow): RunRecord {
  return {
    runId: row.RunId,
    scenario: row.Scenario,
    startedEpochMs: epochMsFromNs(BigInt(row.StartedNs)),
    endedEpochMs: epochMsFromNs(BigInt(row.EndedNs)),
    status: runStatus(row.Status),
    seed: row.Seed,
    phases: row.PhaseNames.map((name, index) => ({
      name,
      fromNs: row.PhaseFromNs[index] ?? 0,
      toNs: row.PhaseToNs[index] ?? 0,
      measured: row.PhaseMeasured[index] ?? false,
      model: row.PhaseModel[index] === 'closed' ? 'closed' : 'open',
    })),
    source: row.Source,
    plan: row.Plan,
    verdict: row.Verdict,
    harnessVersion: row.HarnessVersion,
    environment: row.Environment,
    ...(Object.keys(row.Targets).length > 0 && { targets: row.Targets }),
    ...(row.ServiceEnds !== '' && { serviceEnds: serviceEndsFrom(row.ServiceEnds) }),
    ...loadEndFrom(row.LoadEnd),
  };
}

/** What is no list of such ends is none: a later version may write another. */
function serviceEndsFrom(text: string): readonly ServiceEnd[] {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list.flatMap(serviceEndFrom) : [];
}

function serviceEndFrom(value: unknown): readonly ServiceEnd[] {
  if (typeof value !== 'object' || value === null) return [];
  const { service, code, signal, atNs, lastOutput } = value as Partial<Record<string, unknown>>;
  if (typeof service !== 'string' || typeof atNs !== 'number') return [];
  return [
    {
      service,
      code: typeof code === 'number' ? code : null,
      signal: typeof signal === 'string' ? signal : null,
      atNs,
      lastOutput: typeof lastOutput === 'string' ? lastOutput : '',
    },
  ];
}

/** An end of a kind that this version does not know is one that was decided. */
function loadEndFrom(text: string): Pick<RunRecord, 'loadEnd'> {
  if (text === '') return {};
  const { kind, reason, atNs, plannedNs } = JSON.parse(text) as Partial<
    Record<keyof LoadEnd, unknown>
  >;
  if (typeof reason !== 'string' || typeof atNs !== 'number' || typeof plannedNs !== 'number')
    return {};
  return {
    loadEnd: {
      kind: kind === 'failed' || kind === 'bound' ? kind : 'decided',
      reason,
      atNs,
      plannedNs,
    },
  };
}

function runStatus(text: string): RunStatus {
  return text === 'running' || text === 'complete' ? text : 'partial';
}
