import { expect, it } from 'vitest';
import { type RunPlan, runPlan } from '../../src/engine/index.ts';
import { compileFlows } from '../../src/flow/index.ts';
import type {
  FlowSpec,
  ReadyPhase,
  ReadyScenario,
  StepSpec,
  ReadyTarget,
} from '../../src/scenario/index.ts';
import { testScenario } from './test-scenario.ts';

const target = (name: string): ReadyTarget => ({
  name,
  url: 'http://x',
  connections: 1,
  connectTimeoutNs: 1,
});

const step = (name: string, of: string): StepSpec => ({
  name,
  target: of,
  timeoutNs: 1,
  call: { protocol: 'http', method: 'GET', request: { path: '/', headers: [], body: '' } },
  okStatuses: [],
});

const phase = (name: string, flow: string): ReadyPhase => ({
  name,
  flow,
  arrivals: { process: 'constant', pieces: [] },
  durationNs: 1,
  measure: true,
});

const flows: FlowSpec[] = [
  { name: 'browse', steps: [step('list', 'catalog')] },
  { name: 'buy', steps: [step('cart', 'orders'), step('pay', 'payment'), step('done', 'orders')] },
];

it('numbers steps over all flows, and leaves out targets that none calls', () => {
  const scenario = testScenario({
    targets: ['payment', 'unused', 'orders', 'catalog'].map(target),
    flows,
    load: [phase('warm', 'buy'), phase('steady', 'browse'), phase('end', 'buy')],
  });
  const plan = runPlan(scenario, compileFlows(scenario));
  expect(plan.phases).toEqual(['warm', 'steady', 'end']);
  expect(plan.targets.map((t) => t.name)).toEqual(['payment', 'orders', 'catalog']);
  expect(plan.steps.map((s) => [s.spec.name, s.targetIndex])).toEqual([
    ['list', 2],
    ['cart', 1],
    ['pay', 0],
    ['done', 1],
  ]);
  expect(plan.flows.map(({ firstStep, compiled }) => [firstStep, compiled.name])).toEqual([
    [1, 'buy'],
    [0, 'browse'],
    [1, 'buy'],
  ]);
  expect(plan.callsMax).toBe(3);
});

it('takes a name that leads nowhere for a bug: scenarios are validated before', () => {
  const targets = ['payment', 'orders', 'catalog'].map(target);
  const compiled = compileFlows(testScenario({ targets, flows, load: [] }));
  const plan = (parts: Pick<ReadyScenario, 'targets' | 'load'>): RunPlan =>
    runPlan({ flows, ...parts }, compiled);
  expect(() => plan({ targets, load: [phase('x', 'nope')] })).toThrow(/'nope'/u);
  expect(() => plan({ targets: [], load: [] })).toThrow(/'catalog'/u);
  expect(() => runPlan({ targets, flows, load: [] }, { flows: [] })).toThrow(/'browse'/u);
});
