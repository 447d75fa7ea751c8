import type { Command } from 'commander';

import type { SimulateOptions } from '../actions/simulate-load.ts';
import { withResultOptions } from '../result-options.ts';
import { withStoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

const HELP = `
Nothing is sent and nothing is stored. Ends as a run would: with 99 where a threshold failed.

Examples:
  callgauge simulate checkout.yaml              as the newest run of that scenario was answered
  callgauge simulate checkout.yaml --as 6b0d
  callgauge simulate checkout.yaml --json > simulation.json`;

/** Adds `callgauge simulate FILE`: what a load would have met, as a stored run was answered. */
export function addSimulate(program: Command, terminal: Terminal): void {
  withResultOptions(withStoreOptions(program.command('simulate')))
    .description('say what a scenario would have met, had its targets answered as in a stored run')
    .argument('<file>', 'the scenario, YAML')
    .option('--as <run>', 'a run id, the beginning of one, or "latest" (default: of the scenario)')
    .addHelpText('after', HELP)
    .action(async (file: string, options: SimulateOptions) => {
      const { simulateLoad } = await import('../actions/simulate-load.ts');
      process.exitCode = await simulateLoad(file, options, terminal);
    });
}
