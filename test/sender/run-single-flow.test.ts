import { expect, it } from 'vitest';
import { NS_PER_MS, VirtualClock } from '../../src/core/index.ts';
import { compileFlows } from '../../src/flow/index.ts';
import { asReady, parseScenario } from '../../src/scenario/index.ts';
import { driverFor, loadDrivers } from '../../src/sender/driver-for.ts';
import { runSingleFlow } from '../../src/sender/run-single-flow.ts';
import { RunIds } from '../../src/trace/index.ts';

it('a setup that does not get over in its time has failed', async () => {
  const scenario = asReady(
    parseScenario(
      `name: slow
targets: { orders: { url: "http://127.0.0.1:7101" } }
setup: [{ think: 10s }, { step: never, target: orders, http: { path: / } }]
flows: { first: [{ step: s, target: orders, http: { path: / } }] }
load: [{ phase: p, users: 1, for: 1s }]
`,
      'f.yaml',
    ),
  );
  const flows = compileFlows(scenario);
  const { setup: spec } = scenario;
  const { setup: flow } = flows;
  if (spec === undefined || flow === undefined) throw new Error('it has a setup');
  const clock = new VirtualClock();
  const drivers = await loadDrivers(scenario.targets);
  const running = runSingleFlow({
    scenario,
    spec,
    kind: 'setup',
    firstSeq: 2 ** 52,
    flow,
    scope: flows.newScope(),
    clock,
    driversFor: (plan, runClock) =>
      driverFor({
        drivers,
        plan,
        seed: 1,
        worker: 0,
        clock: runClock,
        ids: new RunIds('0123456789abcdef'),
        propagate: [],
      }),
    maxNs: 20 * NS_PER_MS,
    onCalls: () => undefined,
  });
  clock.advance(20 * NS_PER_MS);
  await expect(running.ended).resolves.toBe('not over within 20.0 ms');
});
