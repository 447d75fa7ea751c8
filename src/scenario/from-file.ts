import { faultFromFile } from './fault-from-file.ts';
import type { ScenarioFile } from './file/scenario-file.ts';
import { CONNECTIONS_DEFAULT, HTTP2_CONNECTIONS_DEFAULT, STREAMS_DEFAULT } from './file/system.ts';
import { reachFromFile } from './reach-from-file.ts';
import { flowFromFile } from './flow-from-file.ts';
import { entriesIn } from './flow-walk.ts';
import { grpcTargetOf, isGrpcTarget } from './grpc-from-file.ts';
import { phasesOf, thresholdsOf } from './load-from-file.ts';
import type { Scenario, ServiceSpec } from './scenario.ts';
import { valueAt } from './select.ts';

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
      ...grpcTargetOf(name, file),
      ...(target.streams !== undefined && { streams: target.streams }),
      ...reachFromFile(target),
    })),
    proxies: Object.entries(file.proxies).map(([name, proxy]) => ({ name, ...proxy })),
    flows: Object.entries(file.flows).map(([name, steps]) => flowFromFile(name, steps)),
    ...flowPartsOf(file),
    load: file.load.flatMap((phase) => phasesOf(phase, Object.keys(file.flows))),
    faults: file.faults.map((fault) => faultFromFile(fault, file.load)),
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
      workers: file.engine.workers,
      maxInFlight: file.engine.maxInFlight,
      gracefulStopNs: file.engine.gracefulStop,
    },
    thresholds: file.thresholds.flatMap((threshold) => thresholdsOf(threshold, file.load)),
    source,
  };
}

/** A user without a connection, or a stream of one, would only wait for the others. */
function connectionsFor(target: string, file: ScenarioFile): number {
  const { load, flows, targets } = file;
  const counts = load.map(({ users = 0, flow = Object.keys(flows)[0] ?? '' }) => {
    const calls = entriesIn(flows[flow]).some(({ value }) => valueAt(value, ['target']) === target);
    return calls ? users : 0;
  });
  const { protocol, streams = STREAMS_DEFAULT } = targets[target] ?? {};
  return protocol === 'http2' || isGrpcTarget(target, file)
    ? Math.max(HTTP2_CONNECTIONS_DEFAULT, Math.ceil(Math.max(0, ...counts) / streams))
    : Math.max(CONNECTIONS_DEFAULT, ...counts);
}

function serviceOf(name: string, service: ScenarioFile['services'][string]): ServiceSpec {
  const { command, cwd, env, ready, readyWithin } = service;
  return { name, command, cwd, env, readyPath: ready, readyWithinNs: readyWithin };
}

/** Keys that are absent where the file has nothing to say there. */
function flowPartsOf(
  file: ScenarioFile,
): Pick<Scenario, 'setup' | 'teardown' | 'feeders' | 'hooks'> {
  const { setup, teardown, feeders, hooks } = file;
  return {
    ...(setup && { setup: flowFromFile('setup', setup) }),
    ...(teardown && { teardown: flowFromFile('teardown', teardown) }),
    ...(feeders && {
      feeders: Object.entries(feeders).map(([name, feeder]) => ({
        name,
        order: feeder.order,
        rows: feeder.rows,
        file: feeder.file ?? '',
      })),
    }),
    ...(hooks !== undefined && { hooks }),
  };
}
