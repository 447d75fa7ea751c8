import { HISTORY_RUNS_MIN } from '../../compare/index.ts';
import { HarnessError, invariant, parsePercent, type Ratio } from '../../core/index.ts';
import { historyDocument, type HistoryReport } from '../../report/history/history-document.ts';
import { renderHistoryJson } from '../../report/history/history-json.ts';
import { historyOf } from '../../run/stored/stored-history.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { historyExitCode } from '../history-exit-code.ts';
import type { HistoryOptions } from '../history-options.ts';
import { withOutputs, type CommandResult } from '../outputs/command-outputs.ts';
import type { ResultOptions } from '../result-options.ts';
import { commandLineOf } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withStore } from './with-store.ts';

const MEASURES_SHOWN = ['p50', 'p99', 'errors', 'rate'] as const;

/** What `gate --history` is asked for. */
export interface GateOptions extends HistoryOptions, ResultOptions {
  readonly history: string | true;
}

/**
 * Prints a measure over the stored runs of a scenario, and returns the code to end with.
 * @throws RUN_NOT_FOUND where there are none; USAGE_INVALID for a name that there is not, and for
 *   an option
 */
export async function printHistory(
  scenario: string | undefined,
  options: HistoryOptions & ResultOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const command = `history${scenario === undefined ? '' : ` ${scenario}`}`;
  return withOutputs({ command, inputs: [], options, terminal }, async (outputs) => {
    const report = await readHistory(scenario, options, terminal, { isJudged: false });
    return outputs.report(historyResult(report), EXIT_CODES.OK);
  });
}

/**
 * Likewise, and returns the code to end with, which says whether the newest got worse.
 * @throws the same; USAGE_INVALID also for a limit below the runs that this takes
 */
export async function gateHistory(options: GateOptions, terminal: Terminal): Promise<ExitCode> {
  const scenario = options.history === true ? undefined : options.history;
  const command = `gate --history${scenario === undefined ? '' : ` ${scenario}`}`;
  return withOutputs({ command, inputs: [], options, terminal }, async (outputs) => {
    const report = await readHistory(scenario, options, terminal, { isJudged: true });
    return outputs.report(historyResult(report), historyExitCode(report.verdict));
  });
}

async function readHistory(
  scenario: string | undefined,
  options: HistoryOptions,
  terminal: Terminal,
  { isJudged }: { readonly isJudged: boolean },
): Promise<HistoryReport> {
  const wishes = {
    ...(scenario === undefined ? {} : { scenario }),
    steps: options.step,
    measures: options.measure.length === 0 ? MEASURES_SHOWN : options.measure,
    runsMax: isJudged ? judgedRuns(options.limit) : wholeNumber(options.limit, '--limit'),
    anyMachine: options.anyMachine ?? false,
    changeRatioMin: percentOf(options.minChange),
    freshRuns: wholeNumber(options.fresh, '--fresh'),
  };
  let report: HistoryReport | undefined;
  await withStore(options, terminal, async ({ source, description }) => {
    const history = await historyOf(source, wishes);
    report = {
      ...history,
      runCount: history.runs.length,
      runsMin: HISTORY_RUNS_MIN,
      storedAt: description,
      commandLine: commandLineOf(options),
    };
  });
  invariant(report !== undefined, 'a history was read');
  return report;
}

function historyResult(report: HistoryReport): CommandResult {
  return {
    document: historyDocument(report),
    json: () => renderHistoryJson(report),
    criteria: async () => {
      const { historyCriteria } = await import('../../report/criteria/history-criteria.ts');
      return historyCriteria(report);
    },
  };
}

function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new HarnessError('USAGE_INVALID', `${option} must be a whole number > 0, got ${text}`, {
    hint: `Write ${option} 20, say.`,
  });
}

function judgedRuns(limit: string): number {
  const runs = wholeNumber(limit, '--limit');
  if (runs >= HISTORY_RUNS_MIN) return runs;
  throw new HarnessError(
    'USAGE_INVALID',
    `--limit must be at least ${HISTORY_RUNS_MIN} of gate, got ${limit}: fewer runs do not tell a change from chance`,
    { hint: `Write --limit ${HISTORY_RUNS_MIN}, or leave it out.` },
  );
}

function percentOf(text: string): Ratio {
  const value = parsePercent(text);
  if (value !== undefined) return value;
  throw new HarnessError(
    'USAGE_INVALID',
    `--min-change must be a percentage from 0% to 100%, got ${text}`,
    {
      hint: 'Write --min-change 5%, say; 0% takes every change.',
    },
  );
}
