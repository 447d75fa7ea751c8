import { tuneRuns, type EdgeTuning, type RunToTune, type Tuning } from '../../advise/index.ts';
import type { RunSource } from '../../analyze/index.ts';
import { counted, HarnessError, type Ns } from '../../core/index.ts';
import {
  callRequests,
  forestOf,
  retryOutcomes,
  type CallRequest,
  type RetryOutcomes,
  type SpanWindows,
} from '../../spans/index.ts';
import { findRunId } from './find-run.ts';
import { reportOf, type ReportedStore } from './stored-report.ts';
import { selectWindow } from './wanted-window.ts';

/** What recommendations are computed from; a store is one. */
export interface TunedStore extends ReportedStore {
  readonly source: ReportedStore['source'] & RunSource;
  readonly windows: SpanWindows;
}

/** For whom recommendations are. */
export interface TuningWishes {
  /** What a whole call may take. */
  readonly deadlineNs?: Ns;
  /** Operations that may be repeated; `*` stands for any text. */
  readonly idempotent: readonly string[];
  /** Only the edges of this caller, and to this callee. */
  readonly caller?: string;
  readonly callee?: string;
}

/** Of more traces of a run an even sample is read for what became of retries. */
const TRACES_MAX = 20_000;

/**
 * Returns what callers should run with by stored runs, one at least; a run that is named twice
 * counts once.
 * @throws RUN_NOT_FOUND; USAGE_INVALID for a beginning of an id that fits several, and for names
 *   that no edge has
 */
export async function tuningOf(
  store: TunedStore,
  words: readonly string[],
  wishes: TuningWishes,
): Promise<Tuning> {
  const { deadlineNs, idempotent } = wishes;
  const runs = new Map<string, RunToTune>();
  const retries: RetryOutcomes[] = [];
  const requests: CallRequest[] = [];
  for (const word of words) {
    const report = await reportOf(store, await findRunId(store.source, word), (text) => text);
    const { analysis, capacity, verdict } = report;
    const { runId } = analysis.run;
    if (runs.has(runId)) continue;
    const metPerSec = capacity?.met?.ratePerSec;
    runs.set(runId, {
      analysis,
      ...(metPerSec !== undefined && { capacity: { metPerSec } }),
      ...(verdict.invalid && { invalid: verdict.invalid.reasons.join('; ') }),
    });
    const selection = await selectWindow(store.source, { run: runId });
    const forest = forestOf((await store.windows.spansIn(selection, TRACES_MAX)).table);
    retries.push(...retryOutcomes(forest));
    requests.push(...callRequests(forest));
  }
  const tuning = tuneRuns({
    runs: [...runs.values()],
    retries,
    requests,
    ...(deadlineNs !== undefined && { deadlineNs }),
    isTold: (operation) => idempotent.some((pattern) => isLike(operation, pattern)),
  });
  return chosenOf(tuning, wishes);
}

/** Returns the edges that were asked for; amplification is of all. */
function chosenOf(tuning: Tuning, { caller, callee, idempotent }: TuningWishes): Tuning {
  const unknown = idempotent.filter((pattern) => !pattern.includes('*'));
  for (const operation of unknown) {
    if (tuning.edges.some((edge) => edge.operation === operation)) continue;
    throw nothingFits(`operation ${operation}`, tuning, (edge) => edge.operation);
  }
  const edges = tuning.edges.filter(
    (edge) =>
      (caller === undefined || edge.caller === caller) &&
      (callee === undefined || edge.callee === callee),
  );
  if (edges.length > 0 || tuning.edges.length === 0) return { ...tuning, edges };
  const asked = [caller, callee].map((name) => name ?? 'any').join(' → ');
  throw nothingFits(`edge ${asked}`, tuning, (edge) => `${edge.caller} → ${edge.callee}`);
}

function nothingFits(
  what: string,
  { edges }: Tuning,
  nameOf: (edge: EdgeTuning) => string,
): HarnessError {
  const names = [...new Set(edges.map(nameOf))];
  return new HarnessError('USAGE_INVALID', `the runs have no ${what}`, {
    hint: `They have ${counted(names.length, 'other')}: ${names.slice(0, 8).join(', ')}.`,
  });
}

/** Returns whether a text is what a pattern says, in which `*` stands for any text. */
function isLike(text: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
