import { describe, expect, it } from 'vitest';
import { drawAt, NS_PER_MS, NS_PER_SEC, STATUS, type Clock } from '../../src/core/index.ts';
import type { Answer } from '../../src/simulate/index.ts';
import { judgedRun, outcomeOf } from './judged-run.ts';

const MS = NS_PER_MS;
const SEC = NS_PER_SEC;
const STEADY = '  - { phase: steady, arrivals: { process: poisson, rate: 100/s }, for: 60s }';

/** Answers after 10 ms and a little, a share of them after 500 ms. */
function slowShare(ratio: number, seed = 1): (sentNs: number, call: number) => Answer {
  return (sentNs, call) => {
    const isSlow = drawAt(seed, 1, call) < ratio;
    return {
      atNs: sentNs + (isSlow ? 500 * MS : 10 * MS) + Math.round(drawAt(seed, 2, call) * MS),
    };
  };
}

describe('abortOnFail', () => {
  it('ends the load once the percentile is surely past its limit, and the run has failed', async () => {
    const report = await judgedRun({
      load: STEADY,
      thresholds: '  - { threshold: home.response p(90) < 100ms, abortOnFail: true }',
      answer: slowShare(0.5),
    });
    expect(outcomeOf(report)).toMatchObject({
      outcome: 'failed',
      status: 'complete',
      end: 'failed',
    });
    const { loadEnd } = report.analysis.run;
    expect(loadEnd).toMatchObject({ plannedNs: 60 * SEC });
    expect(loadEnd?.reason).toContain('home.response p(90) < 100ms');
    expect(loadEnd?.atNs).toBeLessThan(20 * SEC);
    // What was sent is what was to be sent by then.
    const [phase] = report.analysis.phases;
    expect(phase).toMatchObject({ ranNs: loadEnd?.atNs, arrivals: phase?.wantedArrivals });
  });

  it('leaves open what is of a phase that the load did not come to', async () => {
    const report = await judgedRun({
      load: `${STEADY}\n  - { phase: after, arrivals: { rate: 10/s }, for: 10s }`,
      thresholds: `  - { threshold: home.response p(90) < 100ms, abortOnFail: true }
  - "home.errors{phase: after} count == 0"`,
      answer: slowShare(0.5),
    });
    expect(report.verdict.outcome).toBe('failed');
    expect(report.verdict.thresholds).toMatchObject([
      { state: 'fail' },
      {
        state: 'inconclusive',
        reason: 'the load ended early: the run has no measured phase after',
      },
    ]);
  });

  it('waits for the delay', async () => {
    const report = await judgedRun({
      load: STEADY,
      thresholds: '  - { threshold: home.response p(90) < 100ms, abortOnFail: true, delay: 30s }',
      answer: slowShare(0.5),
    });
    expect(outcomeOf(report)).toMatchObject({ outcome: 'failed', seconds: 31 });
  });

  it('lets a run that holds go on to its end', async () => {
    const report = await judgedRun({
      load: STEADY,
      thresholds: `  - { threshold: home.response p(90) < 100ms, abortOnFail: true }
  - { threshold: home.errors rate < 1%, abortOnFail: true }
  - { threshold: dropped count == 0, abortOnFail: true }`,
      answer: slowShare(0.03),
    });
    expect(outcomeOf(report)).toEqual({ outcome: 'passed', status: 'complete', seconds: 60 });
  });

  it('ends for a count as soon as it is past its limit', async () => {
    const report = await judgedRun({
      load: STEADY,
      thresholds: '  - { threshold: home.errors count < 3, abortOnFail: true }',
      answer: (sentNs, call) => ({ atNs: sentNs + MS, ...(call > 600 && { outcome: STATUS }) }),
    });
    expect(outcomeOf(report)).toMatchObject({ outcome: 'failed', end: 'failed' });
    expect(report.analysis.run.loadEnd?.atNs).toBeLessThan(9 * SEC);
  });

  it('ends for a share once the calls to come can make no difference', async () => {
    // All calls fail from 10 s on: 1% of 6,000 is passed within a second of that.
    const failing = (ratio: number) =>
      judgedRun({
        load: STEADY,
        thresholds: `  - { threshold: home.errors rate < ${ratio}%, abortOnFail: true }`,
        answer: (sentNs) => ({ atNs: sentNs + MS, ...(sentNs > 10 * SEC && { outcome: STATUS }) }),
      });
    expect(outcomeOf(await failing(1)).seconds).toBe(12);
    expect(outcomeOf(await failing(40)).seconds).toBeGreaterThan(30);
  });
});

describe('whenInconclusive: extend', () => {
  const SHORT = '  - { phase: steady, arrivals: { process: constant, rate: 50/s }, for: 10s }';
  const extended = (ratio: number, atMost: string) =>
    judgedRun({
      load: SHORT,
      thresholds: `  - home.response p(95) < 100ms
gate: { whenInconclusive: extend, extendAtMost: ${atMost} }`,
      answer: slowShare(ratio),
    });

  it('lets the load go on until more calls have decided it', async () => {
    const report = await extended(0.03, '10m');
    expect(outcomeOf(report)).toMatchObject({ outcome: 'passed', end: 'decided' });
    const { atNs = 0, plannedNs = 0, reason } = report.analysis.run.loadEnd ?? {};
    expect(plannedNs).toBe(10 * SEC);
    expect(atNs).toBeGreaterThan(plannedNs);
    expect(atNs % SEC).toBe(0);
    expect(reason).toContain('pass');
    const [phase] = report.analysis.phases;
    expect(phase?.arrivals).toBe((50 * atNs) / SEC);
  });

  it('lets it go on for a share of errors that wants more calls', async () => {
    const report = await judgedRun({
      load: SHORT,
      thresholds: `  - home.errors rate < 0.5%
gate: { whenInconclusive: extend, extendAtMost: 10m }`,
      answer: slowShare(0),
    });
    expect(outcomeOf(report)).toMatchObject({ outcome: 'passed', end: 'decided' });
    const [errors] = report.verdict.thresholds;
    expect(errors?.n).toBeGreaterThan(3.69 / 0.005);
  });

  it('ends at the bound where they do not', async () => {
    const report = await extended(0.05, '20s');
    expect(outcomeOf(report)).toEqual({
      ...{ outcome: 'inconclusive', status: 'complete', seconds: 30, end: 'bound' },
    });
  });

  it('ends as planned where nothing is open', async () => {
    const report = await extended(0.2, '10m');
    expect(outcomeOf(report)).toEqual({ outcome: 'failed', status: 'complete', seconds: 10 });
  });
});

describe('whenInconclusive: fail and pass', () => {
  it.each([
    ['fail', 'failed'],
    ['pass', 'passed'],
  ])('%s counts as %s, and is shown as what it is', async (word, outcome) => {
    const report = await judgedRun({
      load: '  - { phase: steady, arrivals: { rate: 20/s }, for: 5s }',
      thresholds: `  - { threshold: home.response p(99.9) < 100ms, whenInconclusive: ${word} }`,
      answer: slowShare(0),
    });
    expect(report.verdict.outcome).toBe(outcome);
    expect(report.verdict.thresholds).toMatchObject([{ state: 'inconclusive', countsAs: word }]);
  });
});

describe('a saturated generator', () => {
  /** Sees what is due, and reads answers, up to 400 ms late. */
  const late = (clock: Clock): Clock => ({
    originEpochMs: clock.originEpochMs,
    nowNs: () => clock.nowNs(),
    after: (delayNs, fire) => {
      const dueNs = clock.nowNs() + Math.max(0, delayNs);
      return clock.after(Math.ceil(dueNs / (400 * MS)) * 400 * MS - clock.nowNs(), fire);
    },
  });

  it('neither aborts a run nor extends it: the run is invalid', async () => {
    const report = await judgedRun({
      load: '  - { phase: steady, arrivals: { rate: 100/s }, for: 20s }',
      thresholds: `  - { threshold: home.response p(90) < 50ms, abortOnFail: true, whenInconclusive: extend }
gate: { extendAtMost: 1m }`,
      answer: slowShare(0),
      generatorClock: late,
    });
    expect(outcomeOf(report)).toEqual({ outcome: 'invalid', status: 'complete', seconds: 20 });
  });
});
