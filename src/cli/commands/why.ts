import { type Command, Option } from 'commander';

import type { WhyOptions } from '../actions/print-why.ts';
import { withStoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

const HELP = `
Examples:
  callgauge why latest                          each threshold that failed
  callgauge why latest --threshold 2            the second of the scenario, failed or not
  callgauge why latest --threshold 'p(99)'      the one with this in its text
  callgauge why latest --baseline 6b0d          beside the calls of a run in which all was well
  callgauge why latest --step create-order --markdown >> post-mortem.md`;

/** Adds `callgauge why`: what makes the calls that a gate failed for bad. */
export function addWhy(program: Command, terminal: Terminal): void {
  withStoreOptions(program.command('why'))
    .description('say why thresholds of a run failed: where its bad calls differ from the others')
    .argument('[run]', 'a run id, the beginning of one, or "latest"', 'latest')
    .option('--baseline <run>', 'a stored run in which all was well')
    .option('--threshold <which>', 'one threshold: its number, from 1, or a part of its text')
    .option(
      '--step <name>',
      'the thresholds of this step; without any, its slowest and failed calls',
    )
    .option('--json', 'print it as JSON')
    .addOption(new Option('--markdown', 'print it as Markdown').conflicts('json'))
    .addHelpText('after', HELP)
    .action(async (run: string, options: WhyOptions) => {
      const { printWhy } = await import('../actions/print-why.ts');
      await printWhy(run, options, terminal);
    });
}
