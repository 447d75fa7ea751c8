import { tuneRuns, type EdgeTuning, type RunToTune, type Tuning } from '../../advise/index.ts';
import { analyzeTime, type RunSource } from '../../analyze/index.ts';
import { counted, epochMsFromNs, HarnessError, msFromNs, type Ns } from '../../core/index.ts';
import {
  callRequests,
  callStages,
  forestOf,
  retryOutcomes,
  type AttemptReader,
  type CallRequest,
  type CallStages,
  type RetryOutcomes,
  type SpanWindows,
} from '../../spans/index.ts';
import { findRunId } from './find-run.ts';
import { reportOf, type ReportedStore } from './stored-report.ts';
import {
  OPEN_FROM_EPOCH_NS,
  OPEN_TO_EPOCH_NS,
  selectWindow,
  type WantedWindow,
} from './wanted-window.ts';

/** What recommendations are computed from; a store is one. */
export interface TunedStore extends ReportedStore {
  readonly source: ReportedStore['source'] & RunSource;
  readonly windows: SpanWindows;
  readonly attempts: AttemptReader;
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

/** Of more CLIENT and SERVER spans of a time an even share of the traces is read. */
const ATTEMPTS_MAX = 2_000_000;
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
  const stages: CallStages[] = [];
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
    stages.push(...callStages(forest));
  }
  const tuning = tuneRuns({
    runs: [...runs.values()],
    retries,
    requests,
    stages,
    ...(deadlineNs !== undefined && { deadlineNs }),
    isTold: (operation) => idempotent.some((pattern) => isLike(operation, pattern)),
  });
  return chosenOf(tuning, wishes);
}

/**
 * Returns what callers should run with by the spans of a time, whoever made the calls.
 * @throws USAGE_INVALID for names that no edge has
 */
export async function tuningOfTime(
  store: TunedStore,
  time: NonNullable<WantedWindow['time']>,
  wishes: TuningWishes,
): Promise<Tuning> {
  const { deadlineNs, idempotent } = wishes;
  const selection = await selectWindow(store.source, { time });
  const attempts = await store.attempts.attemptsIn(selection, ATTEMPTS_MAX);
  const analysis = analyzeTime(attempts);
  const { table } = await store.windows.spansIn(selection, TRACES_MAX);
  const forest = forestOf(table);
  const beginMs = epochMsFromNs(
    selection.fromEpochNs === OPEN_FROM_EPOCH_NS ? table.originEpochNs : selection.fromEpochNs,
  );
  const endMs =
    selection.toEpochNs === OPEN_TO_EPOCH_NS
      ? beginMs + msFromNs(analysis.seenNs)
      : epochMsFromNs(selection.toEpochNs);
  const tuning = tuneRuns({
    runs: [],
    traces: { analysis, fromEpochMs: beginMs, toEpochMs: endMs, ratio: attempts.ratio },
    retries: retryOutcomes(forest),
    requests: callRequests(forest),
    stages: callStages(forest),
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
  tuning: Tuning,
  nameOf: (edge: EdgeTuning) => string,
): HarnessError {
  const names = [...new Set(tuning.edges.map(nameOf))];
  return new HarnessError(
    'USAGE_INVALID',
    `${tuning.runs.length > 0 ? 'the runs have' : 'the traces have'} no ${what}`,
    {
      hint: `They have ${counted(names.length, 'other')}: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : '.'}`,
    },
  );
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
