import { describe, expect, it } from 'vitest';
import { drawAt, NS_PER_MS, STATUS } from '../../../src/core/index.ts';
import type { LiveCall } from '../../../src/engine/index.ts';
import { renderSimulationJson } from '../../../src/report/simulation/simulation-json.ts';
import type { Answer } from '../../../src/simulate/index.ts';
import { shopText, simulated, storeOf } from './virtual-store.ts';

const CALLS = 10_000;
const LOAD =
  '  - { phase: steady, flow: buy, arrivals: { rate: 200/s, process: constant }, for: 50s }';

function retrying(attempts: number): string {
  return shopText({
    policies: `  careful: { retry: { attempts: ${attempts}, on: [503] } }`,
    target: ', policy: careful',
    load: LOAD,
  });
}

/** Of the calls, `invalid` fail however often they are sent; of the attempts of others, `busy`. */
function shop({ invalid, busy }: { readonly invalid: number; readonly busy: number }) {
  return ({ callSeq, attempt }: LiveCall, sentNs: number): Answer => {
    const isInvalid = drawAt(3, 1, callSeq) < invalid;
    const isBusy = drawAt(3, 2 + attempt, callSeq) < busy;
    const atNs = sentNs + NS_PER_MS;
    return isInvalid || isBusy ? { atNs, outcome: STATUS, status: 503 } : { atNs };
  };
}

/** Five standard deviations of the difference of two shares of so many calls. */
const CLOSE = 5 * Math.sqrt((2 * 0.25) / CALLS);

function sidesOf({ simulation }: Awaited<ReturnType<typeof simulated>>) {
  const [step] = simulation.steps;
  if (step?.run === undefined || step.simulated === undefined) throw new Error('no calls');
  return { run: step.run, simulated: step.simulated, failsAgain: step.failsAgain };
}

describe('failures that stick to a call', () => {
  it.each([
    { invalid: 0.1, busy: 0.1 },
    { invalid: 0.3, busy: 0 },
    { invalid: 0, busy: 0.3 },
  ])('come back where the run retried: $invalid and $busy', async (kind) => {
    const store = await storeOf(retrying(2), shop(kind));
    const { run, simulated: same } = sidesOf(await simulated(store, retrying(2)));
    expect(Math.abs(same.success.ratio - run.success.ratio)).toBeLessThan(CLOSE);
    expect(Math.abs(same.attemptsPerCall - run.attemptsPerCall)).toBeLessThan(CLOSE);
  });

  it('are in the retries of other policies: none, and one more', async () => {
    const store = await storeOf(retrying(2), shop({ invalid: 0.25, busy: 0.04 }));
    const none = sidesOf(await simulated(store, shopText({ load: LOAD })));
    expect(Math.abs(none.simulated.success.ratio - (1 - 0.28))).toBeLessThan(CLOSE);
    const three = sidesOf(await simulated(store, retrying(3)));
    // Where failures were independent, 0.28^3 of the calls would fail in the end.
    expect(three.simulated.success.ratio).toBeLessThan(0.8);
    const [first, again] = [0.28, 0.2516 / 0.28];
    expect(Math.abs(three.simulated.success.ratio - (1 - first * again ** 2))).toBeLessThan(CLOSE);
  });

  it('are told of: how many retries failed in the run', async () => {
    const store = await storeOf(retrying(2), shop({ invalid: 0.2, busy: 0 }));
    const report = await simulated(store, retrying(2));
    const { failsAgain } = sidesOf(report);
    expect(failsAgain?.failed).toBe(failsAgain?.retries);
    expect(failsAgain?.retries).toBeGreaterThan(CALLS / 10);
    const json = JSON.parse(renderSimulationJson(report, report.simulation)) as {
      readonly steps: readonly object[];
    };
    expect(json.steps[0]).toMatchObject({ failsAgain });
  });

  it('are not known of a run without retries', async () => {
    const store = await storeOf(shopText({ load: LOAD }), shop({ invalid: 0.2, busy: 0 }));
    const { simulated: side, failsAgain } = sidesOf(await simulated(store, retrying(2)));
    expect(failsAgain).toBeUndefined();
    expect(Math.abs(side.success.ratio - 0.96)).toBeLessThan(CLOSE);
  });

  it('may be fewer than by chance: of retries that go to another endpoint', async () => {
    const store = await storeOf(retrying(2), ({ callSeq, attempt }, sentNs) => {
      const fails = drawAt(5, attempt, callSeq) < (attempt === 1 ? 0.4 : 0.05);
      return { atNs: sentNs + NS_PER_MS, ...(fails && { outcome: STATUS, status: 503 }) };
    });
    const { simulated: side } = sidesOf(await simulated(store, retrying(2)));
    expect(Math.abs(side.success.ratio - 0.98)).toBeLessThan(CLOSE);
  });
});
