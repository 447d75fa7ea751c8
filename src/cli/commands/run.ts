import type { Command } from 'commander';

import { withRunOptions, type RunOptions } from '../run-options.ts';
import type { Terminal } from '../terminal.ts';

/** Adds `callgauge run FILE`. */
export function addRun(program: Command, terminal: Terminal): void {
  withRunOptions(program.command('run'))
    .description('carry out a scenario and report on it')
    .argument('<file>', 'the scenario, YAML')
    .addHelpText('after', '\nExample:\n  callgauge run scenarios/quickstart.yaml --metrics 9464')
    .action(async (file: string, options: RunOptions) => {
      const { checkedScenario } = await import('../../run/prepare/checked-scenario.ts');
      const { runAndReport } = await import('../run-and-report.ts');
      process.exitCode = await runAndReport(await checkedScenario(file), options, terminal);
    });
}
