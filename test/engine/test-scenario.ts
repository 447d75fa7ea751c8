import { type Ns, NS_PER_SEC } from '../../src/core/index.ts';
import type {
  ArrivalProcess,
  OpenPhaseSpec,
  ReadyScenario,
  StepSpec,
  ReadyTarget,
} from '../../src/scenario/index.ts';

/** The parts of a scenario that a test has something to say about. */
export type TestScenarioParts = Pick<ReadyScenario, 'targets' | 'flows' | 'load'> &
  Partial<ReadyScenario>;

/** Returns a whole scenario around its parts, without services, proxies, faults or thresholds. */
export function testScenario(parts: TestScenarioParts): ReadyScenario {
  return {
    name: 'test',
    files: [],
    description: '',
    seed: 1,
    services: [],
    proxies: [],
    faults: [],
    thresholds: [],
    source: { file: 'test.yaml', text: '' },
    trace: { propagate: ['w3c'], keep: { headRatio: 0, errors: true, slowRatio: 0 } },
    engine: {
      maxInFlight: 10_000,
      pacing: 'balanced',
      workers: 1,
      gracefulStopNs: 5 * NS_PER_SEC,
    },
    ...parts,
  };
}

export function testTarget(parts: Partial<ReadyTarget> = {}): ReadyTarget {
  return {
    name: 'a',
    url: 'http://modelled',
    connections: 1,
    connectTimeoutNs: NS_PER_SEC,
    ...parts,
  };
}

/** Returns a step that sends `GET /` and takes every status for ok. */
export function testStep(parts: Partial<StepSpec> = {}): StepSpec {
  return {
    name: 'step 0',
    target: 'a',
    timeoutNs: NS_PER_SEC,
    call: { protocol: 'http', method: 'GET', request: { path: '/', headers: [], body: '' } },
    okStatuses: [],
    ...parts,
  };
}

/** Returns a measured phase of one level rate. */
export function testPhase(
  name: string,
  load: { readonly ratePerSec: number; readonly durationNs: Ns; readonly process?: ArrivalProcess },
): OpenPhaseSpec {
  const { ratePerSec, durationNs, process = 'constant' } = load;
  const pieces = [{ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs }];
  return { name, flow: 'flow', arrivals: { process, pieces }, durationNs, measure: true };
}
