import { describe, expect, it } from 'vitest';
import type { BaselineAnswer, BaselineQuestion } from '../../../src/gate/index.ts';
import { renderTerminal } from '../../../src/report/index.ts';
import { evidenceOf } from '../../../src/report/sections/threshold-section.ts';
import { specOf } from '../../gate/made-run.ts';
import { expectGolden } from '../../golden/golden.ts';
import { composeReport } from '../compose.ts';
import { troubledRun } from '../sample-runs.ts';

const THRESHOLDS = [
  specOf('create-order.response{fault: payment-stall} p(50) < 300ms'),
  specOf('*.errors{fault: none} rate < 1%', ['create-order']),
  specOf('create-order.response p(90) over 5s < 100ms'),
  specOf('create-order.response p(50) over 5s < 1s'),
  specOf('create-order.response{fault: none} p(99.9) over 2s < 1s'),
  specOf('create-order.response p(50) < 13ms'),
  specOf('create-order.response p(50) < 13.45ms'),
  specOf('create-order.calls rate >= 390/s'),
  specOf('create-order.calls rate over 5s >= 450/s'),
  specOf('dropped rate over 10s < 0.1%'),
  specOf('create-order.response p(99) <= baseline * 1.05 + 2ms'),
  specOf('create-order.response p(90) <= baseline * 1.05'),
  specOf('create-order.errors rate <= baseline + 0.1%'),
  specOf('create-order.calls rate >= baseline'),
];

/** What a baseline of another run may have said. */
function answer({ of }: BaselineQuestion): BaselineAnswer {
  const common = { kind: 'known', lower: -1, upper: -1, doubt: '', n: 12_000 } as const;
  if (of.kind === 'percentile' && of.percent === 99) {
    return { ...common, baseline: 27e6, value: 28e6 };
  }
  if (of.kind === 'percentile') {
    return { ...common, baseline: 19e6, value: 20e6, lower: -1e6, upper: 1e6 };
  }
  if (of.kind === 'errors') {
    return { ...common, baseline: 0.001, value: 0.004, lower: 0.002, upper: 0.003 };
  }
  return { kind: 'missing', reason: 'the baseline has no step create-order' };
}

describe('the thresholds of a report', () => {
  it.each([
    ['pairs', /; A 0\.10%, limit 0\.20%$/u],
    ['blocks', /; A 0\.10%, limit 0\.20%, not by pairs of seconds$/u],
    [undefined, /; baseline 0\.10%, limit 0\.20%$/u],
  ] as const)('say of a limit relative to A what decides: %s', async (by, wanted) => {
    const thresholds = [specOf('create-order.errors rate <= baseline + 0.1%')];
    const known = (question: BaselineQuestion): BaselineAnswer => ({
      ...answer(question),
      ...(by && { by }),
    });
    const baseline = { runId: '5f0c', answer: known };
    const report = await composeReport(troubledRun(), thresholds, undefined, { baseline });
    const [result] = report.verdict.thresholds;
    expect(result && evidenceOf(result)).toMatch(wanted);
  });

  it.each([80, 120])('are as the golden file has them, in %i columns', async (width) => {
    const baseline = { runId: '5f0c', answer };
    const report = await composeReport(troubledRun(), THRESHOLDS, undefined, { baseline });
    const text = renderTerminal(report, { color: false, width });
    const section = text.split('\n\n').find((part) => part.startsWith('Thresholds'));
    expectGolden(`thresholds-${width}`, `${section ?? ''}\n`);
    for (const line of (section ?? '').split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  });
});
