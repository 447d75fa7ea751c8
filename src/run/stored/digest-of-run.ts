import { readMeasuredSeconds, type AnalyzedSource } from '../../analyze/index.ts';
import { digestOf, type RunDigest } from '../../compare/index.ts';
import type { RunRecord } from '../../core/index.ts';

/** Returns a run as others are compared with it; undefined for a run without measured calls. */
export async function digestOfRun(
  source: AnalyzedSource,
  run: RunRecord,
  bucketRatio: number,
): Promise<RunDigest | undefined> {
  const [seconds, arrivals] = await Promise.all([
    readMeasuredSeconds(source, run, ['response']),
    source.arrivals(run.runId),
  ]);
  return seconds.slices.length === 0 ? undefined : digestOf(seconds, arrivals, bucketRatio);
}
