import { tuneRuns } from '../../src/advise/index.ts';
import {
  invariant,
  NS_PER_MS,
  NS_PER_SEC,
  TIMEOUT,
  type FaultWindow,
  type Ns,
  type RunRecord,
} from '../../src/core/index.ts';
import { planJson, planOf, reportOf } from '../../src/run/stored/index.ts';
import { madeRun, triedPolicies } from '../../src/run/verify/index.ts';
import { asReady, parseScenario, type Scenario } from '../../src/scenario/index.ts';
import { withPolicies } from '../../src/scenario/with-policies.ts';
import { VirtualRun, type Answer } from '../../src/simulate/index.ts';
import { verifyTuning, type Verification } from '../../src/verify/index.ts';
import { sliceSource } from './slice-source.ts';

/** A server of one run: how it answers the attempt that is sent then, its `attempt`-th. */
export type ModelledServer = (sentNs: Ns, attempt: number) => Answer;

export interface VerifiedRunOptions {
  readonly ratePerSec: number;
  readonly seconds: number;
  /** Of the time; absent: none. */
  readonly fault?: { readonly fromSec: number; readonly toSec: number };
  /** Makes a new server for each run: that which is tuned by, the one before, the one after. */
  readonly server: (run: 'tuned' | 'before' | 'after') => ModelledServer;
}

/** How far the virtual time moves before the reactions of promises run. */
const STRIDE_NS = 50 * NS_PER_MS;
const REQUEST = {
  ...{ caller: 'callgauge', operation: 'home', httpMethod: 'GET', path: '/' },
  ...{ rpcService: '', rpcMethod: '' },
};

/**
 * Tunes by a run on a virtual clock and verifies what is recommended by two more: all of it is the
 * product's own but for sockets, threads and the store.
 */
export async function verifiedRun(options: VerifiedRunOptions): Promise<Verification> {
  const scenario = parseScenario(scenarioText(options), 'verified.yaml');
  const tuned = await report(scenario, options, 'tuned');
  const { analysis } = tuned.report;
  const tuning = tuneRuns({
    runs: [{ analysis }],
    ...{ retries: [], requests: [REQUEST], stages: [] },
    isTold: () => false,
  });
  const tried = triedPolicies(tuning, scenario);
  const sides = withPolicies({ ...scenario, files: [] }, tried);
  const before = await report(sides.before, options, 'before');
  const after = await report(sides.after, options, 'after');
  return verifyTuning({
    scenario: scenario.name,
    tuning,
    policies: tried.texts,
    connectTimeoutsNs: tried.connectTimeoutsNs,
    before: await madeRun(before.source, before.report, 'the run before'),
    after: await madeRun(after.source, after.report, 'the run after'),
  });
}

async function report(
  scenario: Scenario,
  { server, fault }: VerifiedRunOptions,
  which: 'tuned' | 'before' | 'after',
) {
  const ready = asReady(scenario);
  const answer = server(which);
  let attempts = 0;
  const [step] = scenario.flows.flatMap(({ steps }) => steps);
  const timeoutNs = step?.policy?.attemptTimeoutNs ?? step?.timeoutNs ?? Infinity;
  const run = new VirtualRun({
    scenario: ready,
    answer: ({ deadlineNs }, sentNs) => {
      const found = answer(sentNs, attempts++);
      const endNs = Math.min(deadlineNs, sentNs + timeoutNs);
      return found.atNs <= endNs ? found : { atNs: endNs, outcome: TIMEOUT };
    },
  });
  run.engine.begin();
  while (run.result === undefined) {
    run.clock.advance(STRIDE_NS);
    await new Promise((resolve) => void setImmediate(resolve));
  }
  const { phases, endedNs } = run.result;
  const runId = { tuned: 'a', before: 'b', after: 'c' }[which].padEnd(16, '0');
  const record: RunRecord = {
    ...{ runId, scenario: scenario.name, startedEpochMs: 0, seed: scenario.seed },
    endedEpochMs: endedNs / NS_PER_MS,
    ...{ status: 'complete', phases, source: '', plan: planJson(planOf(scenario)) },
    ...{ verdict: '', harnessVersion: '0.0.0', environment: {} },
  };
  const windows: readonly FaultWindow[] = fault === undefined ? [] : [windowOf(fault)];
  const source = sliceSource({
    ...{ run: record, slices: run.slices, windows },
    ...{ spans: [], attempts: [] },
  });
  invariant(run.slices.length > 0, 'the run took place');
  const store = { source, description: '' };
  return { source, report: await reportOf(store, runId, (command) => command) };
}

function windowOf({ fromSec, toSec }: NonNullable<VerifiedRunOptions['fault']>): FaultWindow {
  return {
    ...{ fault: 'stalls', placeKind: 'proxy', place: 'api', effect: 'delay' },
    attributes: {},
    ...{ fromNs: fromSec * NS_PER_SEC, toNs: toSec * NS_PER_SEC },
  };
}

function scenarioText({ ratePerSec, seconds }: VerifiedRunOptions): string {
  return `name: verified
targets: { api: { url: "http://127.0.0.1:1" } }
flows: { look: [{ step: home, target: api, timeout: 2s, http: { path: / } }] }
load:
  - { phase: steady, arrivals: { process: poisson, rate: ${ratePerSec}/s }, for: ${seconds}s }
thresholds:
  - home.errors rate < 100%
`;
}
