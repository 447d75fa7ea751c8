import { NS_PER_SEC, nsFromSec } from '../../src/core/index.ts';
import {
  parseScenario,
  type PhaseSpec,
  type Scenario,
  type StepSpec,
  type TlsSpec,
} from '../../src/scenario/index.ts';
import { ECHO_STEP, echoSchema } from './echo-step.ts';
import type { ClientPhase, ClientSpec } from './client-spec.ts';
import { templatedText } from './templated-text.ts';

const MAX_IN_FLIGHT = 10_000;

/** The server of a bench has made its own. */
const ANY_CERTIFICATE: TlsSpec = {
  ca: '',
  cert: '',
  key: '',
  passphrase: '',
  serverName: '',
  verify: false,
  minVersion: 'TLSv1.2',
};

const PLAIN_STEP: StepSpec = {
  name: 'get',
  target: 'target',
  timeoutNs: 10 * NS_PER_SEC,
  call: { protocol: 'http', method: 'GET', request: { path: '/', headers: [], body: '' } },
  okStatuses: [{ from: 200, to: 299 }],
};

/**
 * Returns the scenario of one GET, or of the templated flow, with everything on that a real run
 * has: both histograms, trace.
 */
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
        ...(spec.url.startsWith('https:') ? { tls: ANY_CERTIFICATE } : {}),
        ...(spec.streams === undefined ? {} : { protocol: 'http2', streams: spec.streams }),
        ...(spec.isGrpc === true ? { protocol: 'grpc', grpc: echoSchema() } : {}),
      },
    ],
    ...flowsOf(spec),
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

function flowsOf(spec: ClientSpec): Pick<Scenario, 'flows' | 'feeders'> {
  if (spec.isGrpc === true) return { flows: [{ name: 'flow', steps: [ECHO_STEP] }] };
  if (spec.isTemplated !== true) return { flows: [{ name: 'flow', steps: [PLAIN_STEP] }] };
  const { flows, feeders = [] } = parseScenario(templatedText(spec.url), 'templated.yaml');
  return { flows, feeders };
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
