import { checkedScenario } from '../../run/prepare/checked-scenario.ts';
import { simulate } from '../../run/simulated/index.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { withOutputs } from '../outputs/command-outputs.ts';
import { runResult } from '../outputs/run-result.ts';
import type { ResultOptions } from '../result-options.ts';
import { runExitCode } from '../run-exit-code.ts';
import { commandLineOf, type StoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { HARNESS_VERSION } from '../version.ts';
import { withStore } from './with-store.ts';

/** What `simulate` is asked for. */
export interface SimulateOptions extends StoreOptions, ResultOptions {
  readonly as?: string;
}

/**
 * Simulates the load of a scenario, prints the report and returns the code that a run would end
 * with.
 * @throws SCENARIO_INVALID; USAGE_INVALID, RUN_UNSUITABLE for what cannot be simulated;
 *   RUN_NOT_FOUND
 */
export async function simulateLoad(
  file: string,
  options: SimulateOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const command = { command: `simulate ${file}`, inputs: [file], options, terminal };
  return withOutputs(command, async (outputs) => {
    const scenario = await checkedScenario(file);
    let code: ExitCode = EXIT_CODES.OK;
    await withStore(options, terminal, async (store) => {
      const report = await simulate(store, {
        scenario,
        ...(options.as !== undefined && { as: options.as }),
        harnessVersion: HARNESS_VERSION,
        commandLine: commandLineOf(options),
        note: (text) => terminal.progress(text),
      });
      code = await outputs.report(runResult(report), runExitCode(report));
    });
    return code;
  });
}
