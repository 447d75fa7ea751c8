import { counted, HarnessError } from '../../core/index.ts';
import { checkedScenario } from '../../run/prepare/checked-scenario.ts';
import { readLoadWithoutStore } from '../../run/prepare/read-load.ts';
import { scheduleOf } from '../../schedule/index.ts';
import { planText, userCountMax } from '../load-text.ts';
import type { Terminal } from '../terminal.ts';
import { problemsJson, validJson } from '../validation-json.ts';

/**
 * Checks a scenario file as a whole and prints what it would do; as JSON also what is wrong.
 * @throws SCENARIO_UNREADABLE, SCENARIO_INVALID, HOOKS_FAILED, REPLAY_UNREADABLE,
 *   BASELINE_UNREADABLE
 */
export async function validateFile(
  file: string,
  options: { readonly json?: true },
  terminal: Terminal,
): Promise<void> {
  try {
    await checkFile(file, options, terminal);
  } catch (error) {
    if (options.json && error instanceof HarnessError) terminal.json(problemsJson(file, error));
    throw error;
  }
}

async function checkFile(
  file: string,
  options: { readonly json?: true },
  terminal: Terminal,
): Promise<void> {
  const asWritten = await checkedScenario(file);
  if (asWritten.gate?.baseline !== undefined) {
    const { checkBaselineFile } = await import('../run-baseline.ts');
    await checkBaselineFile(asWritten, (text) => terminal.progress(text));
  }
  const load = await readLoadWithoutStore(asWritten, (text) => terminal.progress(text));
  const scenario = { ...asWritten, load };
  const schedule = scheduleOf(scenario);
  const rowsEnd = scenario.load.at(-1)?.rowsEnd;
  const summary = {
    file,
    name: scenario.name,
    phases: schedule.phases.length,
    durationNs: schedule.durationNs,
    expectedArrivals: Math.round(schedule.expectedCount),
    users: userCountMax(schedule),
    rowsEnd: rowsEnd ? { rows: rowsEnd.rows, of: rowsEnd.of } : null,
    thresholds: scenario.thresholds.length,
  };
  if (options.json) {
    terminal.json(validJson(summary));
    return;
  }
  terminal.prose(
    `${file} is valid: ${summary.name}, ${counted(summary.phases, 'phase')}, ` +
      `${planText(scenario, schedule)}, ${counted(summary.thresholds, 'threshold')}`,
  );
}
