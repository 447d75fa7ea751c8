import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  drawAt,
  type FaultWindow,
  NS_PER_MS,
  NS_PER_SEC,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../../src/core/index.ts';
import { sampleSize } from '../../../src/analyze/index.ts';
import { renderSimulationJson } from '../../../src/report/simulation/simulation-json.ts';
import type { Answer } from '../../../src/simulate/index.ts';
import { shopText, simulated, storeOf, type ShopText } from './virtual-store.ts';

type Report = Awaited<ReturnType<typeof simulated>>;

/** What a target is like for a while; a call is answered after `ms`, or up to ten times that. */
interface Condition {
  readonly ms: number;
  readonly failing: number;
  readonly stalling: number;
}

/** Of 10 s each, the ones between by a fault. */
function conditionAt(conditions: readonly Condition[], ns: number): Condition {
  const [first = { ms: 1, failing: 0, stalling: 0 }] = conditions;
  return conditions[Math.floor(ns / (10 * NS_PER_SEC))] ?? first;
}

function answerOf(conditions: readonly Condition[], seed: number) {
  let calls = 0;
  return (_call: object, sentNs: number): Answer => {
    const { ms, failing, stalling } = conditionAt(conditions, sentNs);
    const [kind, time] = [drawAt(seed, 1, calls), drawAt(seed, 2, calls)];
    calls++;
    if (kind < stalling) return { atNs: sentNs + NS_PER_SEC, outcome: TIMEOUT };
    const atNs = sentNs + Math.round(ms * NS_PER_MS * (1 + 9 * time ** 4));
    if (kind < stalling + failing) return { atNs, outcome: STATUS, status: 503 };
    return { atNs };
  };
}

const window = (from: number, to: number): FaultWindow => ({
  ...{ fault: 'trouble', placeKind: 'proxy', place: 'shop', effect: 'latency', attributes: {} },
  fromNs: from * NS_PER_SEC,
  toNs: to * NS_PER_SEC,
});

/** Returns the share of calls that took no longer than a time, and those that were errors. */
function sharesOf({ analysis }: Pick<Report, 'analysis'>) {
  const overall = analysis.steps[0]?.overall;
  if (overall === undefined) throw new Error('no step');
  return { calls: overall.calls, errors: overall.errorRatio, response: overall.response };
}

/**
 * By Hoeffding, and by Dvoretzky, Kiefer and Wolfowitz for the whole distribution, a share of n
 * draws lies further from what is drawn from in one of a million tries.
 */
function farthest(n: number): number {
  return Math.sqrt(Math.log(2e6) / (2 * n));
}

describe('a simulation of the run itself', () => {
  const condition = fc.record({
    ms: fc.integer({ min: 2, max: 60 }),
    failing: fc.double({ min: 0, max: 0.4, noNaN: true }),
    stalling: fc.double({ min: 0, max: 0.1, noNaN: true }),
  });
  const load = fc.record({
    rate: fc.integer({ min: 30, max: 150 }),
    process: fc.constantFrom('constant', 'poisson'),
  });

  it('gives its percentiles and its failures back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(condition, { minLength: 3, maxLength: 3 }),
        load,
        fc.integer({ min: 0, max: 2 ** 31 }),
        async (conditions, { rate, process }, seed) => {
          const text = shopText({
            load: `  - { phase: steady, flow: buy, arrivals: { rate: ${rate}/s, process: ${process} }, for: 30s }`,
            rest: `seed: ${seed}`,
          });
          const windows = [window(10, 20)];
          const store = await storeOf(text, answerOf(conditions, seed), { windows });
          const report = await simulated(store, text);
          const [step] = report.simulation.steps;
          const { calls, errors, response } = sharesOf(report);
          const before = step?.run;
          expect(calls).toBe(before?.calls);
          const bound = farthest(calls);
          expect(Math.abs(1 - errors - (before?.success.ratio ?? 0))).toBeLessThan(bound);
          // Of the simulated calls about as many lie below each percentile of the run.
          for (const known of before?.percentiles ?? []) {
            if (known.kind !== 'known' || known.atLeast) continue;
            const { exact } = response.sample;
            const within = (slack: number): number =>
              exact.valueNs.reduce(
                (n, ns, i) => n + (ns <= known.valueNs * slack ? (exact.count[i] ?? 0) : 0),
                0,
              ) / sampleSize(response.sample);
            expect(within(1.02)).toBeGreaterThan(known.percent / 100 - bound);
            expect(within(0.98)).toBeLessThan(known.percent / 100 + bound);
          }
        },
      ),
      { numRuns: 10 },
    );
  }, 60_000);

  it('keeps failures where they were', async () => {
    const [well, broken] = [
      { ms: 5, failing: 0, stalling: 0 },
      { ms: 5, failing: 0.5, stalling: 0 },
    ];
    const text = shopText({ load: STEADY_30 });
    const windows = [window(10, 20)];
    const store = await storeOf(text, answerOf([well, broken, well], 1), { windows });
    const report = await simulated(store, text);
    const [fault] = report.analysis.faults;
    const [effect] = fault?.steps ?? [];
    expect(effect?.before.errors).toBe(0);
    expect(effect?.after.errors).toBe(0);
    expect(effect?.during.errorRatio).toBeGreaterThan(0.4);
  });

  it('is the same to the last digit each time', async () => {
    const text = shopText({ ...RETRIES, load: STEADY_30 });
    const conditions = [{ ms: 9, failing: 0.2, stalling: 0.05 }];
    const store = await storeOf(shopText({ load: STEADY_30 }), answerOf(conditions, 1));
    const [once, again] = [await simulated(store, text), await simulated(store, text)];
    expect(renderSimulationJson(again, again.simulation)).toBe(
      renderSimulationJson(once, once.simulation),
    );
  });
});

const STEADY_30 = '  - { phase: steady, flow: buy, arrivals: { rate: 100/s }, for: 30s }';

const RETRIES: ShopText = {
  policies: '  careful: { retry: { attempts: 3, on: [timeout, reset, connect, 503] } }',
  target: ', policy: careful',
};

describe('closed forms', () => {
  const LONG =
    '  - { phase: steady, flow: buy, arrivals: { rate: 200/s, process: constant }, for: 50s }';
  const CALLS = 10_000;
  const sideOf = ({ simulation }: Report) => {
    const side = simulation.steps[0]?.simulated;
    if (side === undefined) throw new Error('no calls were simulated');
    return side;
  };
  /** Five standard deviations of a share, and of a mean of attempts that are 1, 2 or 3. */
  const close = (share: number): number => 5 * Math.sqrt((share * (1 - share)) / CALLS);
  const CLOSE_MEAN = 5 / Math.sqrt(CALLS);

  it.each([0.05, 0.2, 0.5])('k attempts that fail with p = %d leave 1 - p^k', async (p) => {
    const plain = shopText({ load: LONG });
    let calls = 0;
    const store = await storeOf(plain, (_call, sentNs) => {
      // Of 100 calls in a row exactly so many.
      const fails = (calls++ * 37) % 100 < p * 100;
      return { atNs: sentNs + NS_PER_MS, ...(fails && { outcome: STATUS, status: 503 }) };
    });
    const side = sideOf(await simulated(store, shopText({ ...RETRIES, load: LONG })));
    expect(side.calls).toBe(CALLS);
    expect(Math.abs(side.success.ratio - (1 - p ** 3))).toBeLessThan(close(p ** 3));
    expect(Math.abs(side.attemptsPerCall - (1 + p + p ** 2))).toBeLessThan(CLOSE_MEAN);
  });

  it('a timeout at p90 makes 1 + 0.1 + 0.1^2 attempts of a call', async () => {
    let calls = 0;
    const store = await storeOf(shopText({ load: LONG }), (_call, sentNs) => {
      // 0.5, 1.5 … 99.5 ms, each as often.
      const ms = ((calls++ * 37) % 100) + 0.5;
      return { atNs: sentNs + ms * NS_PER_MS };
    });
    const policies =
      '  careful: { attemptTimeout: 90ms, retry: { attempts: 3, on: [timeout], backoff: { base: 1ms, cap: 2ms } } }';
    const side = sideOf(await simulated(store, shopText({ ...RETRIES, policies, load: LONG })));
    expect(Math.abs(side.attemptsPerCall - 1.11)).toBeLessThan(CLOSE_MEAN);
    expect(Math.abs(side.success.ratio - 0.999)).toBeLessThan(close(0.001));
  });

  it('a connection that is refused is one of which nothing was sent', async () => {
    let calls = 0;
    const store = await storeOf(shopText({ load: LONG }), (_call, sentNs) => {
      const fails = calls++ % 10 === 0;
      const refused = { outcome: TRANSPORT, error: 'ECONNREFUSED', isUnsent: true } as const;
      return { atNs: sentNs + NS_PER_MS, ...(fails && refused) };
    });
    const policies = '  careful: { retry: { attempts: 2, on: [connect] } }';
    const report = await simulated(store, shopText({ ...RETRIES, policies, load: LONG }));
    expect(Math.abs(sideOf(report).success.ratio - 0.99)).toBeLessThan(close(0.01));
    expect(report.analysis.errors.map(({ text }) => text)).toEqual(['ECONNREFUSED']);
  });
});
