import type { Command } from 'commander';

import { BASELINE_OPTION, withRunOptions, type RunOptions } from '../run-options.ts';
import type { Terminal } from '../terminal.ts';

/** Adds `callgauge run FILE`. */
export function addRun(program: Command, terminal: Terminal): void {
  withRunOptions(program.command('run'))
    .option(...BASELINE_OPTION)
    .option('--no-baseline', "compare with nothing, whatever the scenario's gate says")
    .description('carry out a scenario and report on it')
    .argument('<file>', 'the scenario, YAML')
    .addHelpText('after', '\nExample:\n  callgauge run scenarios/quickstart.yaml --metrics 9464')
    .action(async (file: string, options: RunOptions) => {
      const { checkedScenario } = await import('../../run/prepare/checked-scenario.ts');
      const { runAndReport } = await import('../run-and-report.ts');
      const { withOutputs } = await import('../outputs/command-outputs.ts');
      const command = { command: `run ${file}`, inputs: [file], options, terminal };
      process.exitCode = await withOutputs(command, async (outputs) =>
        runAndReport(await checkedScenario(file), { options, terminal, outputs }),
      );
    });
}
