import { HarnessError, type JsonValue, type RunRecord } from '../../core/index.ts';
import type {
  ArrivalProcess,
  ArrivalsSpec,
  PhaseSpec,
  ReplaySpec,
  RowsEnd,
} from '../../scenario/index.ts';
import { abJson, readAb } from './plan-ab.ts';
import { planValue } from './plan-value.ts';
import { readThreshold, thresholdJson } from './threshold-json.ts';
import type { StoredPlan } from './stored-plan.ts';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const PLAN_VERSION = 1;

const PROCESSES: readonly ArrivalProcess[] = ['constant', 'poisson'];
const FORMATS = ['auto', 'access', 'json', 'csv', 'w3c', 'plain'] as const;
const DURATION_UNITS = ['s', 'ms', 'us', 'ns'] as const;
const TIMES_OF = ['start', 'end'] as const;

/**
 * Returns a plan as JSON text, as the store keeps it. Each field is named here and not taken from
 * the scenario's types, so that those may change. No bound (Infinity) is null.
 */
export function planJson(plan: StoredPlan): string {
  const { seed, load, thresholds, tags, okStatuses, wantedArrivals, targets, policies, ab } = plan;
  return JSON.stringify({
    version: PLAN_VERSION,
    seed,
    phases: load.map(phaseJson),
    thresholds: thresholds.map(thresholdJson),
    tags: Object.fromEntries(tags),
    wantedArrivals,
    targets,
    okStatuses: Object.fromEntries(okStatuses),
    policies: Object.fromEntries(policies),
    ...(ab && { ab: abJson(ab) }),
  });
}

/**
 * Returns the plan that a run is stored with.
 * @throws RUN_PLAN_UNREADABLE for a plan of a newer version, or one that is damaged
 */
export function readPlan({ runId, plan, harnessVersion }: RunRecord): StoredPlan {
  const json = planValue(plan, runId);
  const version = json.get('version').number();
  if (version !== PLAN_VERSION) {
    throw new HarnessError(
      'RUN_PLAN_UNREADABLE',
      `the plan of run ${runId} has version ${version}, and this callgauge reads version ${PLAN_VERSION}`,
      { hint: `Use callgauge ${harnessVersion}, which stored the run, or a newer one.` },
    );
  }
  return {
    seed: json.get('seed').number(),
    load: json.get('phases').list(readPhase),
    thresholds: json.get('thresholds').list(readThreshold),
    tags: new Map(json.get('tags').entries((tags) => tags.record((value) => value.text()))),
    okStatuses: json.has('okStatuses')
      ? new Map(json.get('okStatuses').entries((statuses) => statuses.text()))
      : new Map(),
    wantedArrivals: json.get('wantedArrivals').record((count) => count.number()),
    targets: json.get('targets').list((target) => ({
      name: target.get('name').text(),
      url: target.get('url').text(),
      protocol: target.get('protocol').text(),
      ...(target.has('endpoints') && {
        endpoints: target.get('endpoints').list((url) => url.text()),
      }),
    })),
    policies: json.has('policies')
      ? new Map(
          json.get('policies').entries((policy) => ({
            name: policy.get('name').text(),
            text: policy.get('text').text(),
          })),
        )
      : new Map(),
    ...(json.has('ab') && { ab: readAb(json.get('ab')) }),
  };
}

function phaseJson(phase: PhaseSpec): unknown {
  const { name, flow, durationNs, measure: measured, arrivals, users, saturate, capacity } = phase;
  const { rowsEnd, flowOfB } = phase;
  const flows = { flow, ...(flowOfB !== undefined && { flowOfB }) };
  const common = { name, ...flows, durationNs, measured, ...(rowsEnd && { rowsEnd }) };
  if (arrivals) return { ...common, arrivals: arrivalsJson(arrivals) };
  if (users) {
    const { count, iterations, think } = users;
    const { minNs, maxNs } = think;
    return { ...common, users: { count, iterations: bound(iterations), think: { minNs, maxNs } } };
  }
  if (saturate) {
    const { connections, pipelining } = saturate;
    return { ...common, saturate: { connections, pipelining } };
  }
  if (capacity) {
    const { objectives, fromPerSec, toPerSec, precisionRatio, probeNs, process } = capacity;
    const asked = { fromPerSec, toPerSec, precisionRatio, probeNs, process };
    return { ...common, capacity: { objectives: objectives.map(thresholdJson), ...asked } };
  }
  return { ...common, replay: replayJson(phase.replay) };
}

function readPhase(json: JsonValue): PhaseSpec {
  const common = {
    name: json.get('name').text(),
    flow: json.get('flow').text(),
    ...(json.has('flowOfB') && { flowOfB: json.get('flowOfB').text() }),
    durationNs: json.get('durationNs').number(),
    measure: json.get('measured').flag(),
    ...(json.has('rowsEnd') ? { rowsEnd: readRowsEnd(json.get('rowsEnd')) } : {}),
  };
  if (json.has('arrivals')) return { ...common, arrivals: readArrivals(json.get('arrivals')) };
  if (json.has('users')) {
    const users = json.get('users');
    const think = users.get('think');
    return {
      ...common,
      users: {
        count: users.get('count').number(),
        iterations: users.get('iterations').bound(),
        think: { minNs: think.get('minNs').number(), maxNs: think.get('maxNs').number() },
      },
    };
  }
  if (json.has('saturate')) {
    const saturate = json.get('saturate');
    const connections = saturate.get('connections').number();
    return {
      ...common,
      saturate: { connections, pipelining: saturate.get('pipelining').number() },
    };
  }
  if (json.has('capacity')) {
    const capacity = json.get('capacity');
    return {
      ...common,
      capacity: {
        objectives: capacity.get('objectives').list((objective) => ({
          ...readThreshold(objective),
          limit: objective.get('limit').number(),
        })),
        fromPerSec: capacity.get('fromPerSec').number(),
        toPerSec: capacity.get('toPerSec').number(),
        precisionRatio: capacity.get('precisionRatio').number(),
        probeNs: capacity.get('probeNs').number(),
        process: capacity.get('process').oneOf(PROCESSES),
      },
    };
  }
  return { ...common, replay: readReplay(json.get('replay')) };
}

function readRowsEnd(json: JsonValue): RowsEnd {
  return {
    arrivals: json.get('arrivals').number(),
    rows: json.get('rows').number(),
    of: json.get('of').text(),
  };
}

function arrivalsJson({ process, pieces }: ArrivalsSpec): unknown {
  return {
    process,
    pieces: pieces.map(({ fromPerSec, toPerSec, durationNs }) => ({
      fromPerSec,
      toPerSec,
      durationNs,
    })),
  };
}

function readArrivals(json: JsonValue): ArrivalsSpec {
  return {
    process: json.get('process').oneOf(PROCESSES),
    pieces: json.get('pieces').list((piece) => ({
      fromPerSec: piece.get('fromPerSec').number(),
      toPerSec: piece.get('toPerSec').number(),
      durationNs: piece.get('durationNs').number(),
    })),
  };
}

function replayJson({ source, speed, durationNsMax }: ReplaySpec): unknown {
  const common = { speed, durationNsMax: bound(durationNsMax) };
  if (source.run !== undefined) return { ...common, run: source.run };
  const { file, format, skipBadLines, ...fields } = source;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...common, file, format, ...Object.fromEntries(given), skipBadLines };
}

function readReplay(json: JsonValue): ReplaySpec {
  return {
    speed: json.get('speed').number(),
    durationNsMax: json.get('durationNsMax').bound(),
    source: json.has('run')
      ? { run: json.get('run').text() }
      : {
          file: json.get('file').text(),
          format: json.get('format').oneOf(FORMATS),
          ...fieldsOf(json),
          skipBadLines: json.get('skipBadLines').flag(),
        },
  };
}

/** Those that a run before them was stored without are undefined. */
function fieldsOf(json: JsonValue) {
  const text = (name: string): string | undefined =>
    json.has(name) ? json.get(name).text() : undefined;
  return {
    timeField: text('timeField'),
    methodField: text('methodField'),
    pathField: text('pathField'),
    durationField: text('durationField'),
    durationUnit: json.has('durationUnit')
      ? json.get('durationUnit').oneOf(DURATION_UNITS)
      : undefined,
    timeOf: json.has('timeOf') ? json.get('timeOf').oneOf(TIMES_OF) : undefined,
  };
}

function bound(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
