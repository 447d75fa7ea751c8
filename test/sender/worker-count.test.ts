import { describe, expect, it } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { asReady, parseScenario, type ReadyScenario } from '../../src/scenario/index.ts';
import { workerCount } from '../../src/sender/worker-count.ts';

/** A replay whose second second holds 40 000 arrivals, of 2.5 s. */
function replayed(speed: number): ReadyScenario {
  const scenario = parseScenario(
    `name: again
targets: { orders: { url: "http://127.0.0.1:7101" } }
flows: { first: [{ step: s, target: orders, http: { path: / } }] }
load: [{ phase: p, replay: { file: access.log, speed: ${speed} } }]
`,
    'f.yaml',
  );
  const offsetsNs = Float64Array.from(
    { length: 40_003 },
    (_, i) => [0, NS_PER_SEC][i] ?? 1.5 * NS_PER_SEC + (i - 2) * 20_000,
  );
  return asReady({
    ...scenario,
    load: scenario.load.map((phase) =>
      phase.replay ? { ...phase, replay: { ...phase.replay, offsetsNs } } : phase,
    ),
  });
}

describe('how many workers send by themselves', () => {
  it('follows the densest second of a replay, at its speed', () => {
    expect(workerCount(replayed(1), 16)).toBe(2);
    expect(workerCount(replayed(0.1), 16)).toBe(1);
    expect(workerCount(replayed(1), 2)).toBe(1);
  });
});
