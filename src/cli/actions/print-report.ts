import { errorText, HarnessError } from '../../core/index.ts';
import type { RunReport } from '../../report/index.ts';
import { findRunId } from '../../run/stored/find-run.ts';
import { recordedBaseline } from '../../run/stored/recorded-baseline.ts';
import { reportOf, type Baseline, type LostBaseline } from '../../run/stored/index.ts';
import { isToBeExplained, withoutWhy } from '../../run/stored/why-in-report.ts';
import type { Store } from '../../store/index.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { withOutputs } from '../outputs/command-outputs.ts';
import { runResult } from '../outputs/run-result.ts';
import type { ResultOptions } from '../result-options.ts';
import { runExitCode } from '../run-exit-code.ts';
import { commandLineOf, type StoreOptions } from '../store-options.ts';
import { tracesIn } from '../stored-traces.ts';
import type { Terminal } from '../terminal.ts';
import { withStore } from './with-store.ts';

/** What `report` is asked for. */
export interface ReportOptions extends StoreOptions, ResultOptions {
  readonly baseline?: string;
}

/**
 * Prints the report of a stored run, and returns the code to end with: of a plug-in the run's own,
 * else 0 whatever the run showed.
 * @throws RUN_NOT_FOUND; USAGE_INVALID for a beginning of an id that fits several; what a baseline
 *   that cannot be read throws
 */
export async function printReport(
  runId: string,
  options: ReportOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const command = { command: `report ${runId}`, inputs: [], options, terminal };
  return withOutputs(command, async (outputs) => {
    let code: ExitCode = EXIT_CODES.OK;
    await withStore(options, terminal, async (store) => {
      const id = await findRunId(store.source, runId);
      const baseline = await baselineOf(store, id, options.baseline);
      const stored = await reportOf(store, id, commandLineOf(options), baseline);
      const report = await explained(stored, store);
      const told = options.nagios ? ownExitCode(report) : EXIT_CODES.OK;
      code = await outputs.report(runResult(report), told);
    });
    return code;
  });
}

/** Without a word that of the run itself. */
async function baselineOf(
  store: Store,
  runId: string,
  word: string | undefined,
): Promise<Baseline | LostBaseline | undefined> {
  if (word === undefined) return recordedBaseline(store, runId);
  const { baselineFor } = await import('../../run/stored/stored-comparison.ts');
  return baselineFor(store, word);
}

/** A run that was stopped ended with a code of its own, whatever its thresholds say. */
function ownExitCode(report: RunReport): ExitCode {
  return report.analysis.partial ? EXIT_CODES.INTERRUPTED : runExitCode(report);
}

/** Why a gate failed is part of its report; what explains it is loaded then. */
async function explained(report: RunReport, store: Store): Promise<RunReport> {
  if (!isToBeExplained(report)) return report;
  const { reportWithWhy } = await import('../../run/stored/stored-why.ts');
  try {
    return await reportWithWhy(report, () => tracesIn(store), store.source);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return withoutWhy(report, errorText(error));
  }
}
