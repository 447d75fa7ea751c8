import { faultFromFile } from './fault-from-file.ts';
import type { ScenarioFile } from './file/scenario-file.ts';
import { CONNECTIONS_DEFAULT, HTTP2_CONNECTIONS_DEFAULT, STREAMS_DEFAULT } from './file/system.ts';
import { connectionFromFile } from './connection-from-file.ts';
import { flowFromFile } from './flow-from-file.ts';
import { entriesOfPhase } from './flow-entries.ts';
import { phasesOf, thresholdsOf } from './load-from-file.ts';
import { endpointsFromFile } from './policy-from-file.ts';
import { kindNamed, PROTOCOL_KINDS } from './protocols/index.ts';
import type { GateSpec, ReadySpec, Scenario, ServiceSpec, TargetSpec } from './scenario.ts';
import type { ThresholdSpec } from './threshold-spec.ts';
import { whyNotExtended } from './while-running.ts';
import { isMultiplexed, protocolOf } from './target-protocol.ts';

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
      ...endpointsFromFile(target),
      connections: target.connections ?? connectionsFor(name, file),
      connectTimeoutNs: target.connectTimeout,
      ...protocolPart(name, file),
      ...(target.streams !== undefined && { streams: target.streams }),
      ...(target.propagate !== undefined && { propagate: target.propagate }),
      ...connectionFromFile(target),
    })),
    proxies: Object.entries(file.proxies).map(([name, proxy]) => ({ name, ...proxy })),
    flows: Object.entries(file.flows).map(([name, steps]) => flowFromFile(name, steps, file)),
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
    thresholds: file.thresholds.flatMap((threshold) =>
      thresholdsOf(thresholdFromFile(threshold, file.gate), file),
    ),
    ...(file.gate && { gate: gateOf(file.gate) }),
    source,
  };
}

/** What the file says of all thresholds holds for those that do not say. */
function thresholdFromFile(
  { delayNs: _delayNs, ...threshold }: ScenarioFile['thresholds'][number],
  gate: ScenarioFile['gate'],
): ThresholdSpec {
  const when = threshold.whenInconclusive ?? gate?.whenInconclusive;
  if (when === undefined || (when === 'extend' && whyNotExtended(threshold))) return threshold;
  return { ...threshold, whenInconclusive: when };
}

function gateOf({ extendAtMost, baseline }: NonNullable<ScenarioFile['gate']>): GateSpec {
  return {
    ...(extendAtMost !== undefined && { extendAtMostNs: extendAtMost }),
    ...(baseline !== undefined && { baseline }),
  };
}

/** Where neither the file nor a step says what the target speaks, there is nothing to add. */
function protocolPart(name: string, file: ScenarioFile): Pick<TargetSpec, 'protocol' | 'grpc'> {
  const target = file.targets[name];
  const protocol = protocolOf(name, file);
  const kind = kindNamed(protocol);
  if (target?.protocol === undefined && kind === PROTOCOL_KINDS[0]) return {};
  const said = Object.entries(target ?? {}).find(([key]) => key === kind.name)?.[1];
  return { protocol, ...kind.target?.spec(said) };
}

/** A user without a connection, or a stream of one, would only wait for the others. */
function connectionsFor(target: string, file: ScenarioFile): number {
  const counts = file.load.map((phase) => {
    const calls = entriesOfPhase(phase, file).some(({ entry }) => entry.target === target);
    return calls ? (phase.users ?? 0) : 0;
  });
  const { streams = STREAMS_DEFAULT } = file.targets[target] ?? {};
  return isMultiplexed(protocolOf(target, file))
    ? Math.max(HTTP2_CONNECTIONS_DEFAULT, Math.ceil(Math.max(0, ...counts) / streams))
    : Math.max(CONNECTIONS_DEFAULT, ...counts);
}

function serviceOf(name: string, service: ScenarioFile['services'][string]): ServiceSpec {
  const { command, cwd, env, ready, readyWithin } = service;
  return { name, command, cwd, env, ready: readyOf(ready), readyWithinNs: readyWithin };
}

function readyOf(ready: ScenarioFile['services'][string]['ready']): ReadySpec {
  if (ready === 'tcp') return { by: 'tcp' };
  if (ready === 'grpc') return { by: 'grpc', service: '' };
  if (typeof ready === 'string') return { by: 'http', path: ready };
  return 'log' in ready ? { by: 'log', pattern: ready.log } : { by: 'grpc', service: ready.grpc };
}

/** Keys that are absent where the file has nothing to say there. */
function flowPartsOf(
  file: ScenarioFile,
): Pick<Scenario, 'setup' | 'teardown' | 'feeders' | 'hooks' | 'cookies'> {
  const { setup, teardown, feeders, hooks, cookies } = file;
  return {
    ...(setup && { setup: flowFromFile('setup', setup, file) }),
    ...(teardown && { teardown: flowFromFile('teardown', teardown, file) }),
    ...(feeders && {
      feeders: Object.entries(feeders).map(([name, feeder]) => ({
        name,
        order: feeder.order,
        ...(feeder.once && { once: true }),
        ...(feeder.per === 'user' && { per: 'user' as const }),
        rows: feeder.rows?.map((row) => JSON.stringify(row)),
        file: feeder.file ?? '',
      })),
    }),
    ...(hooks !== undefined && { hooks }),
    ...(cookies !== undefined && { cookies }),
  };
}
