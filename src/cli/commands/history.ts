import type { Command } from 'commander';

import type { GateOptions } from '../actions/print-history.ts';
import { withHistoryOptions, type HistoryOptions } from '../history-options.ts';
import {
  withOutputOption,
  withPrintOptions,
  withResultOptions,
  type ResultOptions,
} from '../result-options.ts';
import type { Terminal } from '../terminal.ts';

const HELP = `
Examples:
  callgauge history                          of the newest run's scenario
  callgauge history checkout --measure p99   with its runs, one by one
  callgauge history checkout --step create-order --markdown > trend.md
  callgauge history checkout --output html=trend.html     with charts`;

const GATE_HELP = `
Ends with 120 where a measure got worse for good in the newest runs, with 121 where there are too
few runs to tell.

Examples:
  callgauge gate --history checkout
  callgauge gate --history checkout --measure p99 --min-change 5% --fresh 5
  callgauge gate --history checkout --nagios`;

/** Adds `callgauge history` and `callgauge gate --history`. */
export function addHistory(program: Command, terminal: Terminal): void {
  withOutputOption(withPrintOptions(withHistoryOptions(program.command('history'))))
    .description('show a measure over the stored runs of a scenario, and where its level changed')
    .argument('[scenario]', "the scenario's name (default: the newest run's)")
    .addHelpText('after', HELP)
    .action(async (scenario: string | undefined, options: HistoryOptions & ResultOptions) => {
      const { printHistory } = await import('../actions/print-history.ts');
      process.exitCode = await printHistory(scenario, options, terminal);
    });
  withResultOptions(withHistoryOptions(program.command('gate')))
    .description('fail where the stored runs of a scenario got worse')
    .requiredOption('--history [scenario]', "the scenario's name, or the newest run's")
    .addHelpText('after', GATE_HELP)
    .action(async (options: GateOptions) => {
      const { gateHistory } = await import('../actions/print-history.ts');
      process.exitCode = await gateHistory(options, terminal);
    });
}
