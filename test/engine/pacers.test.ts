import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { pacerFor, spins } from '../../src/engine/index.ts';
import { SpinPacer } from '../../src/engine/spin-pacer.ts';
import { systemClock } from '../../src/core/index.ts';
import { asReady, type PacingMode, parseScenario } from '../../src/scenario/index.ts';

const OPEN = 'arrivals: { process: constant, rate: 10/s }';
const USERS = 'users: 2';

function scenario(pacing: PacingMode, load = OPEN) {
  return asReady(
    parseScenario(
      `
name: paced
targets: { shop: { url: http://127.0.0.1:9 } }
flows: { look: [{ step: look, target: shop, http: { path: / } }] }
load: [{ phase: main, flow: look, ${load}, for: 1s }]
engine: { pacing: ${pacing} }
`,
      'paced.yaml',
    ),
  );
}

describe('a loop that never sleeps', () => {
  it.each([
    ['precise', OPEN, true],
    ['precise', USERS, true],
    ['balanced', OPEN, false],
    ['thrifty', OPEN, false],
    ['auto', USERS, false],
    ['auto', OPEN, availableParallelism() >= 4],
  ] as const)('is what %s with %s is given: %s', (pacing, load, expected) => {
    expect(spins(scenario(pacing, load), 1)).toBe(expected);
  });

  it('is not what auto gives to more workers than there are cores for', () => {
    expect(spins(scenario('auto'), availableParallelism())).toBe(false);
  });

  it('is what the pacer is made by', () => {
    const pacers = (['precise', 'thrifty'] as const).map((pacing) =>
      pacerFor(scenario(pacing), systemClock(), 1),
    );
    expect(pacers.map((pacer) => pacer instanceof SpinPacer)).toEqual([true, false]);
  });

  it('tells of each turn before it wakes, until it is stopped', async () => {
    const awaiting = { dueInNs: 0, isAwaiting: true };
    expect(await spun(2, awaiting)).toEqual(['turn', 'woken', 'poll', 'turn', 'woken']);
  });

  it('looks on in its place until an arrival is due, while no answer is awaited', async () => {
    const told = await spun(4, { dueInNs: 19_000, isAwaiting: false });
    const turn = ['turn', 'woken', 'turn', 'woken'];
    expect(told).toEqual([...turn, 'poll', ...turn]);
  });

  it('lets the sockets be polled all the same', async () => {
    const told = await spun(2, { dueInNs: 1_000_000, isAwaiting: false });
    expect(told).toEqual(['turn', 'woken', 'poll', 'turn', 'woken']);
  });

  it('lets them be polled at once while one is', async () => {
    const told = await spun(2, { dueInNs: 19_000, isAwaiting: true });
    expect(told).toEqual(['turn', 'woken', 'poll', 'turn', 'woken']);
  });
});

/**
 * Returns what a pacer does until it has woken so often, by a clock that each look moves on by
 * 1 us.
 */
async function spun(
  times: number,
  { dueInNs, isAwaiting }: { readonly dueInNs: number; readonly isAwaiting: boolean },
): Promise<readonly string[]> {
  let lookedNs = 0;
  const pacer = new SpinPacer({ ...systemClock(), nowNs: () => (lookedNs += 1_000) });
  const told: string[] = [];
  pacer.everyTurn(() => told.push('turn'));
  let left = times;
  const wake = (): number => {
    told.push('woken');
    left--;
    if (left > 0) return lookedNs + dueInNs;
    pacer.stop();
    return Infinity;
  };
  pacer.start(wake, () => isAwaiting);
  await new Promise<void>((resolve) => {
    const poll = (): void => {
      if (left <= 0) return resolve();
      told.push('poll');
      setImmediate(poll);
    };
    poll();
  });
  return told;
}
