import { expect, it } from 'vitest';
import { runPlan } from '../../src/engine/index.ts';
import type { FlowSpec, PhaseSpec, StepSpec, TargetSpec } from '../../src/scenario/index.ts';

const target = (name: string): TargetSpec => ({
  name,
  url: 'http://x',
  connections: 1,
  connectTimeoutNs: 1,
});

const step = (name: string, of: string): StepSpec => ({
  name,
  target: of,
  timeoutNs: 1,
  http: { method: 'GET', path: '/', headers: [], body: '' },
  okStatuses: [],
});

const phase = (name: string, flow: string): PhaseSpec => ({
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
  const plan = runPlan({
    targets: ['payment', 'unused', 'orders', 'catalog'].map(target),
    flows,
    load: [phase('warm', 'buy'), phase('steady', 'browse'), phase('end', 'buy')],
  });
  expect(plan.phases).toEqual(['warm', 'steady', 'end']);
  expect(plan.targets.map((t) => t.name)).toEqual(['payment', 'orders', 'catalog']);
  expect(plan.steps.map((s) => [s.spec.name, s.targetIndex])).toEqual([
    ['list', 2],
    ['cart', 1],
    ['pay', 0],
    ['done', 1],
  ]);
  expect(plan.flows).toEqual([
    { firstStep: 1, lastStep: 3 },
    { firstStep: 0, lastStep: 0 },
    { firstStep: 1, lastStep: 3 },
  ]);
  expect(plan.callsMax).toBe(3);
});

it('takes a name that leads nowhere for a bug: scenarios are validated before', () => {
  const targets = ['payment', 'orders', 'catalog'].map(target);
  expect(() => runPlan({ targets, flows, load: [phase('x', 'nope')] })).toThrow(/'nope'/u);
  expect(() => runPlan({ targets: [], flows, load: [] })).toThrow(/'catalog'/u);
});
