import type { RunSource } from '../../analyze/index.ts';
import { counted, HarnessError, runNotFound } from '../../core/index.ts';

/** Fewer digits would fit the runs of a whole day or more. */
const PREFIX_MIN = 4;
const RUNS_SHOWN = 8;
/** Most runs that are counted where a beginning fits more than one. */
const RUNS_MAX = 100;
const RUN_ID = /^[0-9a-f]{16}$/u;

/**
 * Returns the id of the run that a word of a command line asks for: its id, the beginning of it, or
 * `latest`, which stays as it is.
 * @throws USAGE_INVALID for a beginning that is too short or fits several; RUN_NOT_FOUND
 */
export async function findRunId(
  source: Pick<RunSource, 'runsBeginning'>,
  word: string,
): Promise<string> {
  const wanted = word.toLowerCase();
  if (wanted === 'latest' || RUN_ID.test(wanted)) return wanted;
  if (word.trim() === '') {
    throw new HarnessError('USAGE_INVALID', `a run is named by its id or "latest", got '${word}'`, {
      hint: 'Name one; callgauge runs lists the ids. A variable of the shell may be empty.',
    });
  }
  if (!/^[0-9a-f]+$/u.test(wanted)) throw runNotFound(word);
  if (wanted.length < PREFIX_MIN) {
    throw new HarnessError(
      'USAGE_INVALID',
      `the beginning of a run id must have at least ${PREFIX_MIN} digits, got ${wanted.length} (${wanted})`,
      { hint: 'Write more of it; callgauge runs lists the ids.' },
    );
  }
  const [only, ...others] = await source.runsBeginning(wanted, RUNS_MAX);
  if (only === undefined) throw runNotFound(`that begins with ${wanted}`);
  if (others.length === 0) return only.runId;
  const found = [only, ...others];
  const shown = found
    .slice(0, RUNS_SHOWN)
    .map((run) => `  ${run.runId}  ${new Date(run.startedEpochMs).toISOString()}  ${run.scenario}`);
  const count =
    found.length === RUNS_MAX ? `${RUNS_MAX} runs or more` : counted(found.length, 'run');
  const left = found.length - shown.length;
  throw new HarnessError(
    'USAGE_INVALID',
    [
      `${wanted} is the beginning of ${count}:`,
      ...shown,
      ...(left > 0 ? [`  … and ${counted(left, 'other')}`] : []),
    ].join('\n'),
    { hint: 'Write more digits.' },
  );
}
