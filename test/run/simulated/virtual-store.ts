import { type FaultWindow, invariant, NS_PER_MS, type RunRecord } from '../../../src/core/index.ts';
import { planJson, planOf } from '../../../src/run/stored/index.ts';
import { simulate, type SimulatedStore } from '../../../src/run/simulated/index.ts';
import { parseScenario, type ScenarioWithFiles } from '../../../src/scenario/index.ts';
import { VirtualRun, type VirtualRunOptions } from '../../../src/simulate/index.ts';
import { sliceSource } from '../../sim/slice-source.ts';

export const RUN_ID = '6920b6a75d1f3c09';

export interface VirtualStoreOptions {
  readonly windows?: readonly FaultWindow[];
  readonly record?: Partial<RunRecord>;
  readonly connections?: number;
}

/** Carries out a scenario on a virtual clock, its targets answering so, and returns its store. */
export async function storeOf(
  text: string,
  answer: NonNullable<VirtualRunOptions['answer']>,
  { windows = [], record: given = {}, connections }: VirtualStoreOptions = {},
): Promise<SimulatedStore> {
  const scenario = scenarioOf(text);
  const run = new VirtualRun({ scenario, answer, ...(connections && { connections }) });
  const result = await run.whole();
  const record: RunRecord = {
    ...{ runId: RUN_ID, scenario: scenario.name, startedEpochMs: Date.UTC(2026, 10, 21) },
    endedEpochMs: Date.UTC(2026, 10, 21) + result.endedNs / NS_PER_MS,
    status: 'complete',
    seed: scenario.seed,
    phases: result.phases,
    source: text,
    plan: planJson(planOf(scenario)),
    verdict: '',
    harnessVersion: '0.0.0',
    environment: {},
    ...given,
  };
  const source = sliceSource({ run: record, slices: run.slices, windows, spans: [], attempts: [] });
  return { source, description: 'memory' };
}

/** Returns what a scenario would have met, answered as in the run of a store. */
export async function simulated(store: SimulatedStore, text: string, as?: string) {
  const report = await simulate(store, {
    scenario: scenarioOf(text),
    ...(as !== undefined && { as }),
    harnessVersion: '0.0.0',
    commandLine: (command) => `callgauge ${command}`,
    note: () => undefined,
  });
  const { simulation } = report;
  invariant(simulation !== undefined, 'a simulation says what it is');
  return { ...report, simulation };
}

function scenarioOf(text: string): ScenarioWithFiles {
  return { ...parseScenario(text, 'shop.yaml'), files: [] };
}

export interface ShopText {
  /** Of the target: `policy: careful`. */
  readonly target?: string;
  /** Lines of policies, indented by two. */
  readonly policies?: string;
  readonly load?: string;
  readonly step?: string;
  readonly rest?: string;
}

/** Returns a scenario of one step, `order`. */
export function shopText({ target = '', policies, load, step = '', rest = '' }: ShopText): string {
  return [
    'name: shop',
    ...(policies === undefined ? [] : ['policies:', policies]),
    `targets: { shop: { url: "http://127.0.0.1:1", connections: 10000${target} } }`,
    `flows: { buy: [{ step: order, target: shop, timeout: 1s, http: GET /orders${step} }] }`,
    'load:',
    load ?? '  - { phase: steady, flow: buy, arrivals: { rate: 100/s }, for: 40s }',
    rest,
    '',
  ].join('\n');
}
