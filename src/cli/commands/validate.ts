import type { Command } from 'commander';

import type { Terminal } from '../terminal.ts';

/** Adds `callgauge validate FILE`. */
export function addValidate(program: Command, terminal: Terminal): void {
  program
    .command('validate')
    .description('check a scenario file without sending anything')
    .argument('<file>', 'the scenario, YAML')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  callgauge validate scenarios/quickstart.yaml')
    .action(async (file: string, options: { json?: true }) => {
      const { validateFile } = await import('../actions/validate-file.ts');
      await validateFile(file, options, terminal);
    });
}
