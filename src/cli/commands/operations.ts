import type { Command } from 'commander';

import type { OperationOptions } from '../actions/list-operations.ts';
import { withSpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withTimeOptions } from '../time-options.ts';

const HELP = `
Of all spans, not of a sample of traces.

Examples:
  callgauge operations --since 1h
  callgauge operations --service cart --from 2026-11-28T14:00:00Z --to 2026-11-28T14:30:00Z
  callgauge operations --run latest --json`;

/** Adds `operations`, which prints percentiles by service and operation. */
export function addOperations(program: Command, terminal: Terminal): void {
  withTimeOptions(withSpanOptions(program.command('operations')))
    .description('list what services do: how often, how many fail, how long it takes')
    .option('--service <name>', 'of this service')
    .option('--run <run>', 'of the traces of a run, by its id or "latest"')
    .option('--json', 'print them as JSON')
    .addHelpText('after', HELP)
    .action(async (options: OperationOptions) => {
      const { listOperations } = await import('../actions/list-operations.ts');
      await listOperations(options, terminal);
    });
}
