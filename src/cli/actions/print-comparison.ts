import type { CompareOptions } from '../../compare/index.ts';
import { invariant, parseDuration, parsePercent, rngFrom } from '../../core/index.ts';
import {
  comparisonDocument,
  type ComparisonReport,
} from '../../report/comparison/comparison-document.ts';
import { renderComparisonJson } from '../../report/comparison/comparison-json.ts';
import { isBaselineFile } from '../../run/stored/baseline-word.ts';
import { comparisonOf, type ComparedRuns } from '../../run/stored/stored-comparison.ts';
import type { Store } from '../../store/index.ts';
import { compareExitCode } from '../compare-exit-code.ts';
import type { ExitCode } from '../exit-codes.ts';
import { withOutputs, type CommandResult } from '../outputs/command-outputs.ts';
import type { ResultOptions } from '../result-options.ts';
import { commandLineOf, type StoreOptions } from '../store-options.ts';
import { tracesIn } from '../stored-traces.ts';
import type { Terminal } from '../terminal.ts';
import { wantedOption } from '../wanted-option.ts';
import { withStore } from './with-store.ts';

/** What `compare` is asked for. */
export interface ComparisonOptions extends StoreOptions, ResultOptions {
  readonly minChange: string;
  readonly minDifference: string;
}

const PERCENTS = [50, 90, 99, 99.9] as const;
/** The same runs get the same words each time. */
const SEED = 1;

/**
 * Prints what two runs differ in, each a stored one or a baseline file, and returns the code to end
 * with.
 * The store is opened where a run of it is named.
 * @throws RUN_NOT_FOUND, RUN_UNSUITABLE, BASELINE_UNREADABLE; USAGE_INVALID for an option
 */
export async function printComparison(
  words: readonly [before: string, after: string],
  options: ComparisonOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const wishes: CompareOptions = {
    percents: PERCENTS,
    changeRatioMin: wantedOption(parsePercent, options.minChange, '--min-change', '5%'),
    changeMinNs: wantedOption(parseDuration, options.minDifference, '--min-difference', '0.5ms'),
    rng: rngFrom(SEED, 'compare'),
  };
  const inputs = words.filter(isBaselineFile);
  const command = { command: `compare ${words.join(' ')}`, inputs, options, terminal };
  return withOutputs(command, async (outputs) => {
    const compared = await compare(words, { options, wishes, terminal });
    return outputs.report(comparisonResult(compared), compareExitCode(compared.verdict));
  });
}

async function compare(
  words: readonly [before: string, after: string],
  {
    options,
    wishes,
    terminal,
  }: {
    readonly options: ComparisonOptions;
    readonly wishes: CompareOptions;
    readonly terminal: Terminal;
  },
): Promise<ComparedRuns & ComparisonReport> {
  let compared: ComparedRuns | undefined;
  let why: ComparisonReport['why'];
  if (words.every(isBaselineFile)) compared = await comparisonOf(undefined, words, wishes);
  else {
    await withStore(options, terminal, async (store) => {
      compared = await comparisonOf(store, words, wishes);
      why = await whyOf(store, compared, options);
    });
  }
  invariant(compared !== undefined, 'two runs were compared');
  return { ...compared, ...(why && { why }) };
}

/** What explains a regression is loaded where there is one. */
async function whyOf(
  store: Store,
  compared: ComparedRuns,
  options: StoreOptions,
): Promise<ComparisonReport['why']> {
  if (compared.verdict !== 'regression') return undefined;
  const { whyOfComparison } = await import('../../run/stored/why-comparison.ts');
  const found = await whyOfComparison(store, compared, await tracesIn(store));
  if (found === undefined) return undefined;
  const { before, after } = compared;
  const [baseline, run] = [before.digest.runId, after.digest.runId];
  return { found, command: commandLineOf(options)(`why ${run} --baseline ${baseline}`) };
}

function comparisonResult(compared: ComparisonReport): CommandResult {
  return {
    document: comparisonDocument(compared),
    json: () => renderComparisonJson(compared),
    criteria: async () => {
      const { comparisonCriteria } = await import('../../report/criteria/comparison-criteria.ts');
      return comparisonCriteria(compared);
    },
  };
}
