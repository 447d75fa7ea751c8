import { expect, it } from 'vitest';
import { runExitCode } from '../../src/cli/run-exit-code.ts';
import type { RunReport } from '../../src/report/index.ts';

type Outcome = RunReport['verdict']['outcome'];

/** What the code of a run is made of; nothing else of a report is looked at. */
function codeOf(outcome: Outcome, compared?: string, lost = false): number {
  return runExitCode({
    verdict: { outcome, lostServices: lost ? [{ service: 'orders' }] : [] },
    ...(compared !== undefined && { comparison: { verdict: compared } }),
  } as unknown as RunReport);
}

it.each<[number, Outcome, string | undefined, boolean]>([
  [0, 'passed', undefined, false],
  [0, 'passed', 'pass', false],
  [0, 'passed', 'improvement', false],
  // What the runs do not decide, the thresholds of a run may.
  [0, 'passed', 'inconclusive', false],
  [121, 'inconclusive', 'pass', false],
  [120, 'passed', 'regression', false],
  [120, 'inconclusive', 'regression', false],
  [99, 'failed', 'regression', false],
  [122, 'invalid', 'invalid', false],
  [99, 'invalid', 'regression', true],
])('%i where a run %s, compared: %s; a service lost: %s', (code, outcome, compared, lost) => {
  expect(codeOf(outcome, compared, lost)).toBe(code);
});
