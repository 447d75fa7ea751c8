import type { Command } from 'commander';

import type { ComparisonOptions } from '../actions/print-comparison.ts';
import { withResultOptions } from '../result-options.ts';
import { withStoreOptions, type StoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

const COMPARE_HELP = `
A run is an id, the beginning of one, or latest. A file of callgauge baseline is named with its path
or its ending.

Ends with 120 for a regression, 121 where the runs do not decide, 122 where one of them is invalid.

Examples:
  callgauge compare 6b0d 6b1f
  callgauge compare baseline.json latest --markdown
  callgauge compare baseline.json latest --min-change 5% --min-difference 1ms
  callgauge compare baseline.json latest --output junit=compare.xml`;

const BASELINE_HELP = `
Examples:
  callgauge baseline latest > baseline.json
  callgauge compare baseline.json latest`;

/** Adds `callgauge compare` and `callgauge baseline`. */
export function addCompare(program: Command, terminal: Terminal): void {
  withResultOptions(withStoreOptions(program.command('compare')))
    .description('say whether one run is slower, or fails more, than another')
    .argument('<before>', 'a run, or a baseline file')
    .argument('<after>', 'the run, or file, that is held against it')
    .option('--min-change <percent>', 'smaller changes of a percentile do not count', '3%')
    .option('--min-difference <duration>', 'nor do those by less time', '0.1ms')
    .addHelpText('after', COMPARE_HELP)
    .action(async (before: string, after: string, options: ComparisonOptions) => {
      const { printComparison } = await import('../actions/print-comparison.ts');
      process.exitCode = await printComparison([before, after], options, terminal);
    });
  withStoreOptions(program.command('baseline'))
    .description('print a stored run as a file that later runs are compared with')
    .argument('<run>', 'its id, the beginning of one, or latest')
    .addHelpText('after', BASELINE_HELP)
    .action(async (run: string, options: StoreOptions) => {
      const { printRunAsBaseline } = await import('../actions/print-baseline.ts');
      await printRunAsBaseline(run, options, terminal);
    });
}
