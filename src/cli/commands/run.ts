import type { Command } from 'commander';

import { checkedScenario } from '../checked-scenario.ts';
import { carryOut, withCarryOutOptions, type CarryOutOptions } from '../run/carry-out.ts';
import type { Terminal } from '../terminal.ts';

/** Adds `callgauge run FILE`. */
export function addRun(program: Command, terminal: Terminal): void {
  withCarryOutOptions(program.command('run'))
    .description('carry out a scenario and report on it')
    .argument('<file>', 'the scenario, YAML')
    .addHelpText('after', '\nExample:\n  callgauge run scenarios/quickstart.yaml --metrics 9464')
    .action(async (file: string, options: CarryOutOptions) => {
      process.exitCode = await carryOut(await checkedScenario(file), options, terminal);
    });
}
