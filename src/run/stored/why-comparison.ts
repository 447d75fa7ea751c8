import { analyzeRun } from '../../analyze/index.ts';
import { errorText, HarnessError } from '../../core/index.ts';
import type { WhyEntry, WhyOfRun } from '../../why/index.ts';
import { regressionsOf } from './regressions.ts';
import type { ComparedRuns } from './stored-comparison.ts';
import type { ComparedStore } from './stored-digest.ts';
import { entryOf, REPORT_LIMITS, whyBaseline, type WhyTraces } from './stored-why.ts';
import { targetOfRegression } from './why-target.ts';

/**
 * Returns why a run is worse than the one before it, by the spans of both: a regression for each
 * step, errors before times. Undefined where nothing got worse, or one of them is no stored run.
 */
export async function whyOfComparison(
  store: ComparedStore,
  compared: ComparedRuns,
  traces: WhyTraces,
): Promise<WhyOfRun | undefined> {
  const { before, after, verdict } = compared;
  if (verdict !== 'regression') return undefined;
  if (![before, after].every(({ name, digest }) => name === `run ${digest.runId}`))
    return undefined;
  const regressions = regressionsOf(compared);
  const told = regressions.slice(0, REPORT_LIMITS.entriesMax);
  const left = regressions.length - told.length;
  const frame = { runId: after.digest.runId, left, invalid: '', baselineNote: '' };
  if (told.length === 0) return undefined;
  try {
    const analysis = await analyzeRun(store.source, after.digest.runId);
    const baseline = await whyBaseline(store.source, before.digest.runId, traces);
    const entries: WhyEntry[] = [];
    for (const { step: name, ...regression } of told) {
      const step = analysis.steps.find((one) => one.step === name);
      if (step === undefined) continue;
      const found = targetOfRegression(step, analysis, regression);
      const wishes = { limits: REPORT_LIMITS, baseline };
      if ('target' in found) entries.push(await entryOf(found, analysis, traces, wishes));
    }
    return { ...frame, entries };
  } catch (error) {
    // The comparison stands without it.
    if (!(error instanceof HarnessError)) throw error;
    const { text = '' } = told[0] ?? {};
    return { ...frame, entries: [{ text, silence: errorText(error) }] };
  }
}
