import { HarnessError } from '../../../src/core/index.ts';
import type { CriteriaReport } from '../../../src/report/criteria/criteria-report.ts';
import { comparisonCriteria } from '../../../src/report/criteria/comparison-criteria.ts';
import { failureCriteria } from '../../../src/report/criteria/failure-criteria.ts';
import { historyCriteria } from '../../../src/report/criteria/history-criteria.ts';
import { runCriteria, type RunPlaces } from '../../../src/report/criteria/run-criteria.ts';
import { parseThreshold, type ThresholdSpec } from '../../../src/scenario/index.ts';
import { runRecord } from '../../analyze/memory-source.ts';
import { threshold, USUAL_THRESHOLDS } from '../../gate/threshold-specs.ts';
import { abResult } from '../ab-result.ts';
import { comparisonReport } from '../comparison/comparison-reports.ts';
import { composeReport, composeSearchReport } from '../compose.ts';
import { historyReport, LEVELS } from '../history/history-reports.ts';
import { policyRun } from '../policy-run.ts';
import { healthyRun, starvedRun, stoppedRun, thinRun, troubledRun } from '../sample-runs.ts';

const MISSPELT = threshold('creat-order.response p(99) < 300ms', { step: 'creat-order' });

const POLICY_THRESHOLDS = [
  'create-order.amplification rate <= 1.05',
  'create-order.fallbacks count <= 100',
].map((text) => parseThreshold(text) as ThresholdSpec);

/** As a file has them: a line each, from the 20th. */
function placesOf(thresholds: readonly ThresholdSpec[]): RunPlaces {
  return {
    thresholds: thresholds.map((_one, i) => ({ file: 'checkout.yaml', line: 20 + i, column: 5 })),
    objectives: [],
  };
}

const FAILING = [...USUAL_THRESHOLDS, MISSPELT];

/** What CI is told of a run, a comparison, a history and a failure of each kind, by its name. */
export const SAMPLE_CRITERIA: Readonly<Record<string, () => Promise<CriteriaReport>>> = {
  passed: async () => runCriteria(await composeReport(healthyRun(), USUAL_THRESHOLDS)),
  failed: async () => runCriteria(await composeReport(troubledRun(), FAILING), placesOf(FAILING)),
  inconclusive: async () =>
    runCriteria(await composeReport(thinRun(), USUAL_THRESHOLDS), placesOf(USUAL_THRESHOLDS)),
  'inconclusive-let-through': async () => runCriteria(await thinReport('pass')),
  'inconclusive-refused': async () => runCriteria(await thinReport('fail')),
  invalid: async () => runCriteria(await composeReport(starvedRun(), USUAL_THRESHOLDS)),
  policies: async () => runCriteria(await composeReport(policyRun(), POLICY_THRESHOLDS)),
  capacity: async () => runCriteria(await composeSearchReport()),
  'capacity-below': async () => runCriteria(await composeSearchReport({ outcome: 'below' })),
  broken: brokenRun,
  compared: async () => comparisonCriteria(comparisonReport(1.1)),
  versions: async () =>
    runCriteria({ ...(await composeReport(healthyRun(), [])), ab: abResult('regression') }),
  'compared-invalid': async () =>
    comparisonCriteria(
      comparisonReport(1, { verdict: 'invalid', invalid: ['run 6921b6a7 was stopped early'] }),
    ),
  history: async () =>
    historyCriteria(await historyReport(LEVELS, ['p50', 'p99', 'errors', 'rate'])),
  'history-few': async () => historyCriteria(await historyReport(LEVELS.slice(0, 4), ['p50'])),
  refused: async () =>
    failureCriteria(INVALID_FILE, { command: 'run checkout.yaml', endedEpochMs: 0 }),
  unreachable: async () =>
    failureCriteria(UNREACHABLE, { command: 'run checkout.yaml', endedEpochMs: 0 }),
};

function thinReport(whenInconclusive: 'pass' | 'fail'): ReturnType<typeof composeReport> {
  const thresholds = USUAL_THRESHOLDS.map((one) => ({ ...one, whenInconclusive }));
  return composeReport(thinRun(), thresholds);
}

const PROBLEM = {
  file: 'checkout.yaml',
  message: 'rate must be > 0 per second, got -5',
  hint: 'Write rate: 100/s.',
  path: ['load', 1, 'arrivals', 'rate'],
  position: { line: 14, column: 23 },
};

const INVALID_FILE = new HarnessError('SCENARIO_INVALID', 'two problems', {
  hint: 'Mend both.',
  problems: [PROBLEM, { ...PROBLEM, path: [], position: { line: 1, column: 1 } }],
});

const UNREACHABLE = new HarnessError('STORE_UNREACHABLE', 'nothing answers at 127.0.0.1:8123', {
  hint: 'Start it.',
});

/** It lost a service, was stopped, is not stored, and no call succeeded. */
async function brokenRun(): Promise<CriteriaReport> {
  const stored = stoppedRun();
  const serviceEnds = [
    { service: 'orders', code: 1, signal: null, atNs: 12e9, lastOutput: 'out of memory\n' },
  ];
  const run = runRecord({ ...stored.run, serviceEnds });
  const report = await composeReport({ ...stored, run }, []);
  return runCriteria({
    ...report,
    verdict: { ...report.verdict, lackOfSuccess: 'none of 600 calls succeeded: ECONNREFUSED' },
    notStored: { reason: 'the server is gone', spool: '.callgauge/spool' },
  });
}
