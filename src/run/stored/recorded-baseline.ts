import { HarnessError } from '../../core/index.ts';
import type { Baseline, LostBaseline } from './held-against.ts';
import type { ComparedStore } from './stored-digest.ts';

/**
 * Returns what a stored run was held against as it ended, so that its thresholds are judged as they
 * were then; undefined for one that was held against nothing, or is not there.
 */
export async function recordedBaseline(
  store: ComparedStore,
  runId: string,
): Promise<Baseline | LostBaseline | undefined> {
  const run = await store.source.run(runId);
  const word = run?.environment['baseline'] ?? '';
  if (word === '') return undefined;
  const { baselineFor } = await import('./stored-comparison.ts');
  try {
    return await baselineFor(store, word);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return { lost: `its baseline ${word} is not there any more` };
  }
}
