import { type Command, Option } from 'commander';

import type { IncidentOptions } from '../incident-times.ts';
import { withSpanOptions, type ReadOptions, type SpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

const HELP = `
Times are ISO 8601, UTC where they name no zone, or seconds since the epoch.

Examples:
  callgauge incident --baseline 2026-03-01T13:00..2026-03-01T14:00 \\
    --window 2026-03-01T14:05..2026-03-01T14:20 --service checkout
  callgauge incident --runs 673e1c5b9f3a2b10 8b1f4c0d5e6a7b20   the first is the baseline
  callgauge incident --run latest        a fault that the scenario injected
  callgauge incident --since 1h          finds the window by rate, errors, durations of the roots
  callgauge incident --spans otel.otel_traces --store http://reader@host:8123 \\
    --baseline ... --window ... --markdown > post-mortem.md`;

/** Adds `callgauge incident`: what changed between two windows of traces, and where. */
export function addIncident(program: Command, terminal: Terminal): void {
  withSpanOptions(program.command('incident'))
    .description('say what changed between two times, or two runs, and which service explains it')
    .option('--baseline <from..to>', 'when all was well')
    .option('--window <from..to>', 'when it was not')
    .option('--runs <run...>', 'two stored runs in place of times, the baseline first')
    .option(
      '--run <run>',
      "the window of a run's fault, beside the longest healthy time of the run",
    )
    .option('--fault <name>', 'which fault of --run (default: the first that began in it)')
    .option('--within <from..to>', 'a time in which the window is looked for')
    .option('--since <time>', 'the same, up to the newest trace: 1h')
    .option('--service <name>', 'only traces that pass through it')
    .option('--seed <n>', 'of the draws for the intervals', '1')
    .option('--json', 'print it as JSON')
    .addOption(
      new Option('--markdown', 'print it as Markdown, for a post-mortem').conflicts('json'),
    )
    .addHelpText('after', HELP)
    .action(async (options: ReadOptions & SpanOptions & IncidentOptions) => {
      const { printIncident } = await import('../actions/print-incident.ts');
      await printIncident(options, terminal);
    });
}
