import { describe, expect, it } from 'vitest';
import { runExitCode } from '../../src/cli/run-exit-code.ts';
import { drawAt, NS_PER_MS, STATUS } from '../../src/core/index.ts';
import { renderJson, renderTerminal } from '../../src/report/index.ts';
import { COMMAND_LIMITS, whyOfReport, type WhyTraces } from '../../src/run/stored/stored-why.ts';
import { judgedBaseline, judgedRun, type JudgedRunOptions } from './judged-run.ts';

/** 60 s at 100/s, answered after so long and up to half as much again. */
const run = (ms: number, threshold: string, seed: number): JudgedRunOptions => ({
  load: '  - { phase: steady, arrivals: { process: poisson, rate: 100/s }, for: 60s }',
  thresholds: `  - ${threshold}`,
  answer: (sentNs, call) => ({
    atNs: sentNs + Math.round(ms * NS_PER_MS * (1 + drawAt(seed, 1, call) / 2)),
  }),
});
const LOOSE = 'home.response p(50) < 1s';

describe('run --baseline', () => {
  it('ends with 120 where the run is slower, and shows the comparison', async () => {
    const report = await judgedRun(run(13, LOOSE, 2), await judgedBaseline(run(10, LOOSE, 1)));
    expect(report.verdict.outcome).toBe('passed');
    expect(report.comparison?.verdict).toBe('regression');
    expect(runExitCode(report)).toBe(120);
    const text = String(renderTerminal(report, { width: 80, color: false }));
    expect(text).toContain('REGRESSION');
    expect(text).toContain('Response times, against baseline.json');
    const { results } = JSON.parse(renderJson(report)) as { results: { comparison: object } };
    expect(results.comparison).toMatchObject({ verdict: 'regression', version: 1 });
  });

  it('ends with 0 where it is as quick, and 99 comes before 120', async () => {
    const baseline = await judgedBaseline(run(10, LOOSE, 1));
    expect(runExitCode(await judgedRun(run(10, LOOSE, 2), baseline))).toBe(0);
    const tight = 'home.response p(50) < 12ms';
    expect(runExitCode(await judgedRun(run(13, tight, 2), baseline))).toBe(99);
  });

  it('judges limits that are relative to it', async () => {
    const baseline = await judgedBaseline(run(10, LOOSE, 1));
    const stateOf = async (limit: string) => {
      const threshold = `home.response p(50) <= ${limit}`;
      const { verdict } = await judgedRun(run(13, threshold, 2), baseline);
      return verdict.thresholds[0]?.state;
    };
    expect(await stateOf('baseline * 1.5')).toBe('pass');
    expect(await stateOf('baseline * 1.05')).toBe('fail');
  });

  it('says of such limits that the baseline is lost, where it is', async () => {
    const lost = 'its baseline baseline.json is not there any more';
    const report = await judgedRun(run(10, 'home.response p(50) <= baseline * 2', 2), { lost });
    expect(report.verdict.thresholds[0]).toMatchObject({ state: 'inconclusive', reason: lost });
    expect(report.comparison).toBeUndefined();
    const why = await whyOfReport(report, {} as WhyTraces, { limits: COMMAND_LIMITS });
    expect(why.entries).toEqual([{ text: 'home.response p(50) <= baseline * 2', silence: lost }]);
  });
});

it('why says of a limit of times that no call was answered, where none was', async () => {
  const threshold = 'home.response p(50) < 300ms';
  const answer: JudgedRunOptions['answer'] = (sentNs) => ({
    atNs: sentNs + NS_PER_MS,
    outcome: STATUS,
  });
  const report = await judgedRun({ ...run(10, threshold, 1), answer });
  const why = await whyOfReport(report, {} as WhyTraces, { limits: COMMAND_LIMITS });
  expect(why.entries).toEqual([{ text: threshold, silence: expect.stringMatching(/^none of /u) }]);
});

it('why of a step without failed calls says that too few tell its p95, where they do not', async () => {
  const load = '  - { phase: steady, arrivals: { rate: 2/s }, for: 10s }';
  const report = await judgedRun({ ...run(10, LOOSE, 1), load });
  const wishes = { limits: COMMAND_LIMITS, step: 'home' };
  const why = await whyOfReport(report, {} as WhyTraces, wishes);
  expect(why.entries).toEqual([
    { text: 'home', silence: 'no call failed, and too few tell its p95' },
  ]);
});
