import { describe, expect, it } from 'vitest';
import { NOISE_MODELS, simulateRun, type NoiseModel } from '../../bench/compare/simulated-runs.ts';
import type { RunAnalysis } from '../../src/analyze/index.ts';
import { baselineValues, type RunDigest } from '../../src/compare/index.ts';
import { rngFrom, type Ratio } from '../../src/core/index.ts';
import { evaluateThresholds, type ThresholdResult } from '../../src/gate/index.ts';
import { lostValues } from '../../src/run/stored/stored-report.ts';
import { analysisFor, everySecond, madeRun, specOf } from './made-run.ts';

const [CALM] = NOISE_MODELS;

/** 500 calls a second for 40 s, of a median of some ms. */
function run(seed: number, factor: Ratio = 1, seconds = 40): RunDigest {
  const rest = { seconds, ratePerSec: 500, tailFactor: 1 };
  return simulateRun(CALM as NoiseModel, { ...rest, seed, factor });
}

const STEP = run(1).steps[0]?.step ?? '';

/** What the run is held against is in the digests: the analysis says nothing of it. */
const analysis: Promise<RunAnalysis> = analysisFor(
  madeRun(everySecond((second) => ({ second, count: 10, ms: 1 }))),
  [],
);

async function judge(text: string, before?: RunDigest, after = run(2)): Promise<ThresholdResult> {
  const spec = specOf(text.replace('STEP', STEP));
  const baseline = before && baselineValues(before, after, () => rngFrom(1, 'baseline'));
  const options = baseline ? { baseline } : {};
  const [result] = evaluateThresholds([spec], await analysis, options).thresholds;
  if (result === undefined) throw new Error('one threshold has one result');
  return result;
}

/** Returns the run with so many calls of each block failed in place of answered. */
function failing(digest: RunDigest, share: Ratio): RunDigest {
  return {
    ...digest,
    steps: digest.steps.map((step) => ({
      ...step,
      blocks: step.blocks.map((block, i) => {
        const calls = block.outcomes.ok ?? 0;
        // Not as many in every block.
        const status = Math.round(calls * share * (i % 2 === 0 ? 0.9 : 1.1));
        return { ...block, outcomes: { ok: calls - status, status } };
      }),
    })),
  };
}

describe('a threshold relative to a baseline', () => {
  it('passes where the run is no slower, and says what the limit was', async () => {
    const result = await judge('STEP.response p(50) <= baseline * 1.2 + 1ms', run(1));
    expect(result).toMatchObject({ state: 'pass', reason: '', unit: 'ns', n: 20_000 });
    const { baseline, limit, value } = result;
    expect(baseline).toMatchObject({ factor: 1.2, offset: 1e6 });
    expect(limit).toBe(1.2 * (baseline?.value ?? 0) + 1e6);
    expect(value).toBeLessThan(limit ?? 0);
  });

  it('fails where it is slower than that', async () => {
    const slower = run(2, 1.5);
    const result = await judge('STEP.response p(50) <= baseline * 1.2', run(1), slower);
    expect(result).toMatchObject({ state: 'fail', reason: 'past the limit' });
    expect(result.value).toBeGreaterThan(result.limit ?? Infinity);
    expect(await judge('STEP.response med > baseline * 1.2', run(1), slower)).toMatchObject({
      state: 'pass',
    });
  });

  it('is open where the intervals of both do not tell', async () => {
    expect(await judge('STEP.response p(50) <= baseline', run(1))).toMatchObject({
      state: 'inconclusive',
      reason: 'the limit lies within the interval',
    });
  });

  it('is open where a percentile has too few calls in one of them, or too few seconds', async () => {
    expect(await judge('STEP.response p(99.9) <= baseline * 9', run(1))).toMatchObject({
      state: 'inconclusive',
      neededN: 100_000,
      reason: 'the baseline has 20,000 calls, and 100,000 are wanted',
    });
    const short = await judge('STEP.response p(50) <= baseline * 9', run(1), run(2, 1, 3));
    expect(short).toMatchObject({ state: 'inconclusive' });
    expect(short.reason).toContain('too few seconds');
  });

  it('knows the shares of errors, and rates', async () => {
    const [before, after] = [failing(run(1), 0.01), failing(run(2), 0.05)];
    expect(await judge('STEP.errors rate <= baseline + 0.1%', before, after)).toMatchObject({
      state: 'fail',
      unit: 'ratio',
    });
    expect(await judge('STEP.errors rate <= baseline + 10%', before, after)).toMatchObject({
      state: 'pass',
    });
    const rate = await judge('STEP.calls rate >= baseline * 0.9', before, after);
    expect(rate).toMatchObject({ state: 'pass', unit: 'rate', value: 500, n: 20_000 });
    expect(await judge('STEP.timeouts rate <= baseline + 0.1%', before)).toMatchObject({
      state: 'pass',
      value: 0,
    });
    expect(await judge('arrivals rate >= baseline * 0.9', before)).toMatchObject({ state: 'pass' });
    expect(await judge('dropped rate <= baseline', before)).toMatchObject({ state: 'pass' });
  });

  it('is open where few calls without an error do not rule out the share that is let through', async () => {
    const [before, after] = [run(1, 1, 6), run(2, 1, 6)];
    const text = 'STEP.errors rate <= baseline + 0.1%';
    expect(await judge(text, before, after)).toMatchObject({ state: 'inconclusive', value: 0 });
    expect(await judge(text, run(1), run(2))).toMatchObject({ state: 'pass', value: 0 });
    const none = await judge('STEP.errors rate <= baseline', before, after);
    expect(none).toMatchObject({ state: 'pass', value: 0 });
  });

  it('holds a step against the phases in which both runs called it', async () => {
    const before = run(1);
    const slow = {
      ...before,
      phases: [...before.phases, ...before.phases.map((phase) => ({ ...phase, name: 'slow' }))],
      steps: [...before.steps, ...run(3, 10).steps.map((step) => ({ ...step, phase: 'slow' }))],
    };
    const after = run(2);
    const both = { ...after, phases: slow.phases };
    const text = 'STEP.response p(90) <= baseline * 1.2';
    expect((await judge(text, slow, both)).baseline).toEqual(
      (await judge(text, before, after)).baseline,
    );
  });

  it('may be of the healthy time', async () => {
    const withFault = (digest: RunDigest): RunDigest => ({
      ...digest,
      steps: digest.steps.map((step) => ({
        ...step,
        blocks: step.blocks.map((block, i) => ({
          ...block,
          stretch: `steady ${i < 2 ? 'inside' : 'outside'}`,
          outcomes: i < 2 ? { status: block.outcomes.ok ?? 0 } : block.outcomes,
        })),
      })),
    });
    const after = withFault(run(2));
    const all = await judge('STEP.errors rate <= baseline + 0.1%', run(1), after);
    expect(all.value).toBeCloseTo(0.1, 6);
    const healthy = await judge('STEP.errors{fault: none} rate <= baseline', run(1), after);
    expect(healthy).toMatchObject({ state: 'pass', value: 0 });
  });
});

describe('what a baseline does not say', () => {
  it('without one, which leaves the threshold open', async () => {
    expect(await judge('STEP.response p(50) <= baseline')).toMatchObject({
      state: 'inconclusive',
      reason: 'there was no baseline',
      unit: 'ns',
      baseline: { factor: 1, offset: 0 },
    });
    expect(await judge('STEP.response p(50) <= baseline')).not.toHaveProperty('limit');
  });

  it('where it is gone, which leaves it open as well', async () => {
    const spec = specOf(`${STEP}.response p(50) <= baseline`);
    const baseline = lostValues({ lost: 'it is not there any more' });
    const verdict = evaluateThresholds([spec], await analysis, { baseline });
    expect(verdict.thresholds[0]).toMatchObject({
      state: 'inconclusive',
      reason: 'it is not there any more',
    });
    expect(verdict.outcome).toBe('inconclusive');
  });

  it.each([
    ['pay.response p(50) <= baseline', 'the baseline has no step pay'],
    ['STEP.response{phase: soak} p(50) <= baseline', 'the baseline has no phase soak'],
  ])('%s', async (text, reason) => {
    expect(await judge(text, run(1))).toMatchObject({ state: 'unmatched', reason });
  });
});
