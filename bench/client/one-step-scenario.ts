import { NS_PER_SEC, nsFromSec } from '../../src/core/index.ts';
import type { PhaseSpec, Scenario } from '../../src/scenario/index.ts';
import type { ClientPhase, ClientSpec } from './client-spec.ts';

const MAX_IN_FLIGHT = 10_000;

/** Returns the scenario of one GET with everything on that a real run has: both histograms, trace. */
export function oneStepScenario(spec: ClientSpec): Scenario {
  return {
    name: 'bench',
    description: '',
    seed: 1,
    services: [],
    proxies: [],
    faults: [],
    thresholds: [],
    source: { file: 'bench.yaml', text: '' },
    targets: [
      {
        name: 'target',
        url: spec.url,
        connections: spec.connections,
        connectTimeoutNs: 5 * NS_PER_SEC,
        ...(spec.streams === undefined ? {} : { protocol: 'http2', streams: spec.streams }),
      },
    ],
    flows: [
      {
        name: 'flow',
        steps: [
          {
            name: 'get',
            target: 'target',
            timeoutNs: 10 * NS_PER_SEC,
            http: { method: 'GET', path: '/', headers: [], body: '' },
            okStatuses: [{ from: 200, to: 299 }],
          },
        ],
      },
    ],
    load: spec.phases.map(phaseOf),
    trace: {
      propagate: ['w3c'],
      keep: {
        headRatio: spec.testGapsPerSec === undefined ? 0 : 1,
        errors: true,
        slowRatio: 0,
      },
    },
    engine: {
      maxInFlight: MAX_IN_FLIGHT,
      pacing: spec.pacing,
      workers: spec.workers ?? 1,
      gracefulStopNs: 10 * NS_PER_SEC,
    },
  };
}

/** Returns the name of a phase by its place. */
export function phaseName(index: number): string {
  return `phase-${index}`;
}

function phaseOf({ load, seconds, measure }: ClientPhase, index: number): PhaseSpec {
  const durationNs = nsFromSec(seconds);
  const phase = { name: phaseName(index), flow: 'flow', durationNs, measure };
  if ('users' in load) {
    const think = { minNs: 0, maxNs: 0 };
    return { ...phase, users: { count: load.users, iterations: Infinity, think } };
  }
  const { ratePerSec, process } = load;
  const pieces = [{ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs }];
  return { ...phase, arrivals: { process, pieces } };
}
