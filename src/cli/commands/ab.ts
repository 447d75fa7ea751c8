import type { Command } from 'commander';

import type { AbCommandOptions } from '../actions/run-ab.ts';
import { withRunOptions } from '../run-options.ts';
import type { Terminal } from '../terminal.ts';

const HELP = `
Arrivals go to A and B by turns, drawn by the seed, so that both meet the same load at the same time.
The load ends once the two are decided, at the earliest 10 s into what is measured.

A command is started with PORT in its environment; {port} in it stands for the same.

Ends with 120 for a regression, 121 where the two are not decided, 122 for a run that is invalid.

Examples:
  callgauge ab checkout.yaml --a http://127.0.0.1:8080 --b http://127.0.0.1:8081
  callgauge ab checkout.yaml --a-command "node old/server.js" --b-command "node new/server.js"
  callgauge ab checkout.yaml --target orders --a http://10.0.0.7 --b http://10.0.0.8 --at-most 5m`;

/** Adds `callgauge ab FILE`. */
export function addAb(program: Command, terminal: Terminal): void {
  withRunOptions(program.command('ab'))
    .description('measure two versions of a target in one run, and say whether B is worse than A')
    .argument('<file>', 'the scenario, YAML')
    .option('--a <url>', 'where the version is that is there already')
    .option('--b <url>', 'where the version is that is held against it')
    .option('--a-command <command>', 'starts it, in place of --a')
    .option('--b-command <command>', 'starts it, in place of --b')
    .option('--ready <path>', 'a started version is ready when this path answers 2xx; or tcp')
    .option('--target <name>', 'the target that they are; not needed where one is called')
    .option('--at-most <time>', 'most time to measure (default: three times what the file says)')
    .option('--min-change <percent>', 'smaller changes of a percentile do not count', '3%')
    .option('--min-difference <duration>', 'nor do those by less time', '0.1ms')
    .option('--percentiles <list>', 'of the response time, to be compared', '50,90,99')
    .addHelpText('after', HELP)
    .action(async (file: string, options: AbCommandOptions) => {
      const { runAb } = await import('../actions/run-ab.ts');
      process.exitCode = await runAb(file, options, terminal);
    });
}
