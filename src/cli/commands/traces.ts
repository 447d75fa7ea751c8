import { type Command, Option } from 'commander';

import { withSpanOptions, type ReadOptions, type SpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withTimeOptions } from '../time-options.ts';
import type { TraceSearchOptions } from '../trace-search-options.ts';

const HELP = `
A trace is found where one of its spans is all of what is asked for.

Examples:
  callgauge traces --since 1h --failed
  callgauge traces --service cart --operation 'GET /cart/*' --min-duration 500ms --longest
  callgauge traces --attribute http.response.status_code=503 --attribute user.tier
  callgauge traces --run latest --fault slow-payments
  callgauge traces --store http://reader:PASSWORD@clickhouse:8123 --spans otel.otel_traces`;

/** Adds `callgauge traces`: finds traces by their spans. */
export function addTraces(program: Command, terminal: Terminal): void {
  withTimeOptions(withSpanOptions(program.command('traces')))
    .description('find traces by what their spans are, newest first')
    .option('--service <name>', 'of this service')
    .option('--operation <name>', 'of this name; * stands for any text')
    .option('--min-duration <time>', 'that lasted so long at least: 500ms')
    .option('--max-duration <time>', 'that lasted so long at most')
    .option('--failed', 'that failed')
    .addOption(
      new Option(
        '--attribute <key[=value]>',
        'with this attribute, of the span or its resource; may be given again',
      )
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], 'none'),
    )
    .option('--run <run>', 'of a run, by its id or "latest"')
    .option('--fault <name>', 'that this fault of a run touched')
    .option('--longest', 'the longest first')
    .option('--limit <n>', 'how many at most', '20')
    .option('--json', 'print them as JSON')
    .addHelpText('after', HELP)
    .action(async (options: ReadOptions & SpanOptions & TraceSearchOptions) => {
      const { listTraces } = await import('../actions/list-traces.ts');
      await listTraces(options, terminal);
    });
}
