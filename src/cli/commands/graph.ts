import { Option, type Command } from 'commander';

import type { GraphOptions } from '../graph-options.ts';
import { withSpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withTimeOptions } from '../time-options.ts';

const HELP = `
Examples:
  callgauge graph                          of the newest run
  callgauge graph 673e1c5b9f3a2b10 --by service
  callgauge graph --since 1h --service cart
  callgauge graph --format dot | dot -Tsvg > graph.svg
  callgauge graph --spans otel.otel_traces --from 2026-11-28T14:00:00Z --to 2026-11-28T14:30:00Z`;

/** Adds `graph`, which prints who calls whom. */
export function addGraph(program: Command, terminal: Terminal): void {
  withTimeOptions(withSpanOptions(program.command('graph')))
    .description('show who calls whom, how often, how many fail and how long they take')
    .argument('[run]', 'a run id, or the beginning of one, or "latest"; or leave it out for a time')
    .option('--service <name>', 'of traces that pass through this service')
    .option('--traces <n>', 'how many are read at most: an even sample of more', '20000')
    .addOption(
      new Option(
        '--by <what>',
        'an edge for each operation, or for all between two services (default: operation; ' +
          'service in a diagram)',
      ).choices(['operation', 'service']),
    )
    .addOption(
      new Option('--format <format>', 'how it is printed').choices([
        'text',
        'dot',
        'mermaid',
        'json',
      ]),
    )
    .option('--json', 'the same as --format json')
    .addHelpText('after', HELP)
    .action(async (run: string | undefined, options: GraphOptions) => {
      const { printGraph } = await import('../actions/print-graph.ts');
      await printGraph(run, options, terminal);
    });
}
