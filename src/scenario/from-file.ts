import { invariant, type Ns } from '../core/index.ts';
import type { StatusFile, StepFile } from './file/flow.ts';
import type { PhaseFile } from './file/load.ts';
import type { ScenarioFile } from './file/scenario-file.ts';
import { CONNECTIONS_DEFAULT } from './file/system.ts';
import { phaseDurationNs } from './phase-duration.ts';
import type {
  HttpRequestSpec,
  PhaseSpec,
  RatePiece,
  Scenario,
  ServiceSpec,
  StepSpec,
  UsersSpec,
} from './scenario.ts';

const OK_STATUSES: StepSpec['okStatuses'] = [{ from: 200, to: 399 }];

/** Returns the scenario of a valid file: maps become lists in file order, short forms long ones. */
export function scenarioFromFile(file: ScenarioFile, source: Scenario['source']): Scenario {
  return {
    name: file.name,
    description: file.description,
    seed: file.seed,
    services: Object.entries(file.services).map(([name, service]) => serviceOf(name, service)),
    targets: Object.entries(file.targets).map(([name, target]) => ({
      name,
      url: target.url,
      connections: target.connections ?? connectionsFor(name, file),
      connectTimeoutNs: target.connectTimeout,
    })),
    proxies: Object.entries(file.proxies).map(([name, proxy]) => ({ name, ...proxy })),
    flows: Object.entries(file.flows).map(([name, steps]) => ({ name, steps: steps.map(stepOf) })),
    load: file.load.map((phase) => phaseOf(phase, Object.keys(file.flows))),
    faults: file.faults.map((fault) => ({
      name: fault.name,
      proxy: fault.proxy,
      toxic: toxicOf(fault.toxic),
      during: {
        phase: fault.during.phase,
        fromNs: fault.during.from,
        durationNs: fault.during.for,
      },
    })),
    trace: {
      propagate: file.trace.propagate,
      keep: {
        headRatio: file.trace.keep.head,
        errors: file.trace.keep.errors === 'all',
        slowRatio: file.trace.keep.slow,
      },
    },
    engine: {
      pacing: file.engine.pacing,
      maxInFlight: file.engine.maxInFlight,
      gracefulStopNs: file.engine.gracefulStop,
    },
    thresholds: file.thresholds,
    source,
  };
}

/** A user without a connection would only wait for the others: each has one of its own. */
function connectionsFor(target: string, { load, flows }: ScenarioFile): number {
  const counts = load.map(({ users = 0, flow = Object.keys(flows)[0] ?? '' }) => {
    const calls = flows[flow]?.some((step) => step.target === target) ?? false;
    return calls ? users : 0;
  });
  return Math.max(CONNECTIONS_DEFAULT, ...counts);
}

function serviceOf(name: string, service: ScenarioFile['services'][string]): ServiceSpec {
  const { command, cwd, env, ready, readyWithin } = service;
  return { name, command, cwd, env, readyPath: ready, readyWithinNs: readyWithin };
}

function stepOf(step: StepFile): StepSpec {
  return {
    name: step.step,
    target: step.target,
    timeoutNs: step.timeout,
    http: requestOf(step.http),
    okStatuses: step.check?.status === undefined ? OK_STATUSES : statusRanges(step.check.status),
  };
}

function requestOf(http: StepFile['http']): HttpRequestSpec {
  const headers = Object.entries(http.headers);
  const isTyped = headers.some(([name]) => name.toLowerCase() === 'content-type');
  if (http.json !== undefined && !isTyped) headers.push(['content-type', 'application/json']);
  const body = http.json === undefined ? (http.body ?? '') : JSON.stringify(http.json);
  return { method: http.method ?? 'GET', path: http.path, headers, body };
}

function statusRanges(status: StatusFile): StepSpec['okStatuses'] {
  return (Array.isArray(status) ? status : [status]).map((item) => {
    if (typeof item === 'number') return { from: item, to: item };
    const from = Number(item[0]) * 100;
    return { from, to: from + 99 };
  });
}

function phaseOf(phase: PhaseFile, flows: readonly string[]): PhaseSpec {
  const flow = phase.flow ?? flows[0];
  invariant(flow !== undefined, 'a phase has a flow');
  const durationNs = phaseDurationNs(phase);
  const common = { name: phase.phase, flow, durationNs, measure: phase.measure };
  const { arrivals } = phase;
  if (!arrivals) return { ...common, users: usersOf(phase) };
  const pieces = piecesOf(arrivals, durationNs);
  return { ...common, arrivals: { process: arrivals.process, pieces } };
}

function usersOf({ users, iterations = Infinity, think = 0 }: PhaseFile): UsersSpec {
  invariant(users !== undefined, 'a phase without arrivals has users');
  const range = typeof think === 'number' ? { min: think, max: think } : think;
  return { count: users, iterations, think: { minNs: range.min, maxNs: range.max } };
}

/** A stage of 0s makes no piece of its own: it moves where the next one begins. */
function piecesOf(arrivals: NonNullable<PhaseFile['arrivals']>, durationNs: Ns): RatePiece[] {
  const { rate = 0, ramp, from = 0, stages } = arrivals;
  if (!stages) {
    return [{ fromPerSec: ramp?.from ?? rate, toPerSec: ramp?.to ?? rate, durationNs }];
  }
  let fromPerSec = from;
  return stages.flatMap((stage) => {
    const piece = { fromPerSec, toPerSec: stage.to, durationNs: stage.for };
    fromPerSec = stage.to;
    return piece.durationNs > 0 ? [piece] : [];
  });
}

function toxicOf(
  toxic: ScenarioFile['faults'][number]['toxic'],
): Scenario['faults'][number]['toxic'] {
  const { stream, toxicity } = toxic;
  return toxic.type === 'latency'
    ? { type: 'latency', latencyNs: toxic.latency, jitterNs: toxic.jitter, stream, toxicity }
    : { type: 'reset', afterNs: toxic.after, stream, toxicity };
}
