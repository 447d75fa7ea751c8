import {
  NOISE_MODELS,
  simulateRun,
  type NoiseModel,
} from '../../../bench/compare/simulated-runs.ts';
import { compareRuns, comparisonVerdict } from '../../../src/compare/index.ts';
import { NS_PER_MS, rngFrom } from '../../../src/core/index.ts';
import type { ComparisonReport } from '../../../src/report/comparison/comparison-document.ts';

/** Returns the comparison of a simulated run with one whose times are `factor` as long. */
export function comparisonReport(
  factor: number,
  changes: Partial<ComparisonReport> = {},
): ComparisonReport {
  const [before, after] = [1, factor].map((own, seed) => {
    const run = { seconds: 20, ratePerSec: 500, tailFactor: 1, seed, factor: own };
    const simulated = simulateRun(NOISE_MODELS[0] as NoiseModel, run);
    return {
      ...simulated,
      runId: `692${seed}b6a75d1f3c09`,
      startedEpochMs: Date.UTC(2026, 2, 1 + seed, 12),
    };
  });
  if (before === undefined || after === undefined) throw new Error('two runs');
  const options = {
    percents: [50, 90, 99, 99.9],
    changeRatioMin: 0.03,
    changeMinNs: 0.1 * NS_PER_MS,
    rng: rngFrom(1, 'compare'),
  };
  const compared = compareRuns(before, after, options);
  return {
    ...compared,
    before: { digest: before, name: 'baseline.json' },
    after: { digest: after, name: `run ${after.runId}` },
    verdict: comparisonVerdict(compared),
    invalid: [],
    differences: [],
    options,
    ...changes,
  };
}
