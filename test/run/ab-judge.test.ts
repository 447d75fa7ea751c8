import { describe, expect, it } from 'vitest';
import type { AbJudgement } from '../../src/compare/index.ts';
import {
  invariant,
  NS_PER_MS,
  NS_PER_SEC,
  rngFrom,
  STATUS,
  VirtualClock,
  type Ns,
} from '../../src/core/index.ts';
import type { LiveCall } from '../../src/engine/index.ts';
import { abJudge } from '../../src/run/ab-judge.ts';
import type { EarlyEnd } from '../../src/run/index.ts';
import { judgeAb } from '../../src/compare/index.ts';
import { abPhases } from '../../src/run/ab-phases.ts';
import { planOf } from '../../src/run/stored/index.ts';
import { readPlan, planJson } from '../../src/run/stored/plan-json.ts';
import { abScenario } from '../../src/scenario/ab/index.ts';
import { parseScenario, type PlannedScenario } from '../../src/scenario/index.ts';
import { type Answer, VirtualRun } from '../../src/simulate/index.ts';

const STEADY = '{ phase: steady, arrivals: { process: poisson, rate: 400/s }, for: 40s }';

function scenarioOf(load: string, seed = 1, thresholds = ''): PlannedScenario {
  const text = `
name: versions
seed: ${seed}
targets: { api: { url: "http://modelled" } }
flows: { look: [{ step: home, timeout: 2s, http: { path: / } }] }
load: [${load}]
${thresholds}
`;
  const scenario = abScenario(
    { ...parseScenario(text, 'versions.yaml'), files: [] },
    {
      target: undefined,
      versions: { a: { url: 'http://a' }, b: { url: 'http://b' } },
      texts: { a: 'http://a', b: 'http://b' },
      limits: {
        percents: [50, 99],
        changeRatioMin: 0.03,
        changeMinNs: 100_000,
        errorChangeMin: 0.001,
      },
    },
  );
  return scenario as PlannedScenario;
}

/** A server of 8 ms and a tail; B's takes so many times as long, and fails so often. */
function server(seed: number, b: { readonly times?: number; readonly failing?: number }) {
  const rng = rngFrom(seed, 'server');
  return ({ stepIndex }: LiveCall, sentNs: Ns): Answer => {
    const isB = stepIndex === 1;
    const ns = (8 - 2 * Math.log(1 - rng.nextFloat())) * NS_PER_MS * (isB ? (b.times ?? 1) : 1);
    const fails = isB && rng.nextFloat() < (b.failing ?? 0);
    return { atNs: sentNs + ns, ...(fails && { outcome: STATUS }) };
  };
}

interface Judged {
  readonly end: EarlyEnd | undefined;
  /** How many seconds had ended when it was. */
  readonly asked: number;
  /** Of all that was recorded. */
  readonly whole: AbJudgement;
}

async function judged(
  scenario: PlannedScenario,
  answer: (call: LiveCall, sentNs: Ns) => Answer,
): Promise<Judged> {
  const run = new VirtualRun({ scenario, answer, connections: 1_000 });
  await run.whole();
  const judge = abJudge(scenario, {
    atMostNs: undefined,
    onJudgement: () => undefined,
  });
  let end: EarlyEnd | undefined;
  let asked = 0;
  for (const slice of run.slices) {
    const said = judge.second(slice);
    invariant(!(said instanceof Promise), 'it answers at once');
    asked++;
    if (said === undefined) continue;
    end = said;
    break;
  }
  const { ab, load } = scenario;
  invariant(ab !== undefined, 'there are two versions');
  const whole = judgeAb(
    {
      histograms: run.slices.flatMap(({ histograms }) => histograms),
      counters: run.slices.flatMap(({ counters }) => counters),
    },
    { ...ab.limits, steps: ab.steps, phases: abPhases(load) },
  );
  return { end, asked, whole };
}

describe('the judge of two versions', () => {
  it('ends the load of a slower B early, and says of which percentiles', async () => {
    const { end, asked, whole } = await judged(scenarioOf(STEADY), server(1, { times: 1.2 }));
    expect(end).toEqual({ kind: 'decided', reason: 'B against A is decided: regression' });
    expect(asked).toBeGreaterThanOrEqual(10);
    expect(asked).toBeLessThan(40);
    expect(whole.verdict).toBe('regression');
    const [p50] = whole.percentiles;
    expect([p50?.step, p50?.percent, p50?.verdict]).toEqual(['home', 50, 'regression']);
    expect(p50?.ratioLower).toBeLessThan(1.2);
    expect(p50?.ratioUpper).toBeGreaterThan(1.2);
  });

  it('calls a faster B an improvement', async () => {
    const { whole } = await judged(scenarioOf(STEADY), server(2, { times: 0.8 }));
    expect(whole.verdict).toBe('improvement');
  });

  it('calls no B that is the same a regression', async () => {
    const { whole } = await judged(scenarioOf(STEADY), server(3, {}));
    expect(['pass', 'inconclusive']).toContain(whole.verdict);
  });

  it('calls a B that fails a regression, however quick it is', async () => {
    const { whole } = await judged(scenarioOf(STEADY), server(4, { times: 0.8, failing: 0.05 }));
    expect(whole.verdict).toBe('regression');
    const errors = whole.shares.find(({ kind }) => kind === 'errors');
    expect(errors?.verdict).toBe('regression');
    expect(errors?.before).toBe(0);
  });

  it('counts what each side drops', async () => {
    const scenario = scenarioOf(STEADY);
    const run = new VirtualRun({
      scenario,
      maxInFlight: 10,
      answer: ({ stepIndex }, sentNs) => ({
        atNs: sentNs + (stepIndex === 1 ? 100 : 5) * NS_PER_MS,
      }),
    });
    const { finished } = await run.whole();
    const judge = abJudge(scenario, {
      atMostNs: undefined,
      onJudgement: (judgement) => (last = judgement),
    });
    let last: AbJudgement | undefined;
    for (const slice of run.slices) void judge.second(slice);
    const dropped = last?.shares.find(({ kind }) => kind === 'dropped');
    expect(finished.dropped).toBeGreaterThan(0);
    expect(dropped?.before).toBe(0);
    expect(dropped?.after).toBeGreaterThan(0.2);
    expect(dropped?.verdict).toBe('regression');
  });

  it('ends nothing before the last phase, nor where versions take no turns in that', async () => {
    const [warm, before] = [
      '{ phase: warm, arrivals: { rate: 400/s }, for: 3s, measure: false }',
      '{ phase: before, arrivals: { process: poisson, rate: 400/s }, for: 20s }',
    ];
    const slow = server(5, { times: 1.5 });
    const later = await judged(scenarioOf([warm, before, STEADY].join(', ')), slow);
    expect(later.asked).toBe(24);
    // An arrival that is seen in the first moment after its phase is of a second of its own.
    expect(later.whole.seconds).toBeGreaterThanOrEqual(60);
    expect(later.whole.seconds).toBeLessThanOrEqual(62);
  });

  it.each([
    [STEADY, undefined, 80],
    [STEADY, 45, 5],
    [STEADY, 40, 0],
    ['{ phase: users, users: 3, for: 5s }', undefined, 10],
    ['{ phase: users, users: 3, iterations: 100, for: 5s }', undefined, 0],
    [`${STEADY}, { phase: cool, arrivals: { rate: 1/s }, for: 1s, measure: false }`, undefined, 0],
  ])('lets %s go on, at most %s s, by %i s', (load, atMostSec, bySec) => {
    const atMostNs = atMostSec === undefined ? undefined : atMostSec * NS_PER_SEC;
    const judge = abJudge(scenarioOf(load), {
      atMostNs,
      onJudgement: () => undefined,
    });
    expect(judge.extendNs).toBe(bySec * NS_PER_SEC);
  });

  it('refuses a bound below what the scenario measures', () => {
    const asked = { atMostNs: 10 * NS_PER_SEC, onJudgement: () => undefined };
    expect(() => abJudge(scenarioOf(STEADY), asked)).toThrow(
      expect.objectContaining({
        message: '--at-most must be at least the 40.0 s that the scenario measures, got 10.0 s',
        hint: 'Write --at-most 40s, or shorten the phases: a decided load ends early.',
      }) as Error,
    );
  });

  it.each([
    [0.9, 'failed'],
    [0, undefined],
  ] as const)(
    'ends for a threshold that aborts: B fails in %d of all, %s',
    async (failing, kind) => {
      const threshold = '{ threshold: home.errors rate < 10%, abortOnFail: true }';
      const scenario = scenarioOf(STEADY, 1, `thresholds: [${threshold}]`);
      const run = new VirtualRun({ scenario, answer: server(1, { failing }), connections: 1_000 });
      await run.whole();
      const judge = abJudge(scenario, {
        ...{ atMostNs: 40 * NS_PER_SEC, onJudgement: () => undefined, clock: new VirtualClock() },
      });
      let end: EarlyEnd | undefined;
      // As many as come before A and B may be decided.
      for (const slice of run.slices.slice(0, 9)) end ??= await judge.second(slice);
      expect(end?.kind).toBe(kind);
      if (kind !== undefined) expect(end?.reason).toContain('failed: home@b.errors rate < 10%');
    },
  );

  it('is the same of a run that was stored', () => {
    const plan = planOf(scenarioOf(STEADY));
    const read = readPlan({
      runId: 'r',
      plan: planJson(plan),
      harnessVersion: '0',
    } as Parameters<typeof readPlan>[0]);
    expect(read.ab).toEqual(plan.ab);
    expect(read.load).toEqual(plan.load);
  });
});
