import type { RunSource } from '../../analyze/index.ts';
import { judgeAb, type AbResult } from '../../compare/index.ts';
import type { RunRecord } from '../../core/index.ts';
import { abPhases } from '../ab-phases.ts';
import type { StoredPlan } from './stored-plan.ts';

/**
 * Returns what a run says of two versions, by its stored seconds; undefined for a run that measured
 * one.
 */
export async function abResultOf(
  source: Pick<RunSource, 'seconds' | 'counterSeconds'>,
  { runId }: RunRecord,
  { ab, load }: Pick<StoredPlan, 'ab' | 'load'>,
): Promise<AbResult | undefined> {
  if (ab === undefined) return undefined;
  const [histograms, counters] = await Promise.all([
    source.seconds(runId, ['response']),
    source.counterSeconds(runId, ['arrivals', 'dropped_arrivals']),
  ]);
  const { target, versions, steps, limits } = ab;
  const options = { ...limits, steps, phases: abPhases(load) };
  return { target, versions, steps, judgement: judgeAb({ histograms, counters }, options) };
}
