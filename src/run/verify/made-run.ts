import type { AnalyzedSource } from '../../analyze/index.ts';
import { FINE_BUCKET_RATIO } from '../../compare/index.ts';
import { HarnessError } from '../../core/index.ts';
import type { RunReport } from '../../report/index.ts';
import type { MadeRun } from '../../verify/index.ts';
import { digestOfRun } from '../stored/digest-of-run.ts';

/**
 * Returns a run that has just ended as a verification reads it.
 * @param called what it is called in reasons: `the run before`
 * @throws RUN_UNSUITABLE where it measured no call
 */
export async function madeRun(
  source: AnalyzedSource,
  { analysis, verdict }: RunReport,
  called: string,
): Promise<MadeRun> {
  const { run, partial } = analysis;
  const digest = await digestOfRun(source, run, FINE_BUCKET_RATIO);
  if (digest === undefined) {
    throw new HarnessError('RUN_UNSUITABLE', `${called}, ${run.runId}, measured no call`, {
      hint: 'Verify by a run with a measured phase.',
    });
  }
  return {
    analysis,
    digest,
    invalid: [
      ...(verdict.invalid?.reasons ?? []).map((reason) => `${called}: ${reason}`),
      ...(partial ? [`${called} was stopped early`] : []),
      ...verdict.lostServices.map(({ service }) => `${called} lost the service ${service}`),
    ],
  };
}
