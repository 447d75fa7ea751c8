import type { Command } from 'commander';

import type { ReportOptions } from '../actions/print-report.ts';
import { withResultOptions } from '../result-options.ts';
import {
  withSpanOptions,
  withStoreOptions,
  type ReadOptions,
  type SpanOptions,
} from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

const REPORT_HELP = `
Examples:
  callgauge report latest --json > report.json
  callgauge report latest --baseline baseline.json
  callgauge report latest --nagios          ends as the run's verdict says`;

const TRACE_HELP = `
Examples:
  callgauge trace 673e1c5b9f3a2b10c0ffee0012345678
  callgauge trace 673e1c5b9f3a2b10c0ff      the one whose id begins so
  callgauge trace latest                    the newest run's last failed call, else its slowest
  callgauge trace 673e1c5b9f3a2b10          likewise, of that run
  callgauge trace 673e1c5b9f3a2b10 failed   the last failed call of a run; or slowest`;

/** Adds the commands that only read the store: `runs`, `report` and `trace`. */
export function addReadCommands(program: Command, terminal: Terminal): void {
  withStoreOptions(program.command('runs'))
    .description('list the stored runs, newest first')
    .option('--limit <n>', 'how many at most', '20')
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nExample:\n  callgauge runs --limit 5')
    .action(async (options: ReadOptions & { limit: string }) => {
      const { listRuns } = await import('../actions/list-runs.ts');
      await listRuns(options, terminal);
    });
  withResultOptions(withStoreOptions(program.command('report')))
    .description('print the report of a stored run again')
    .argument('[run]', 'a run id, the beginning of one, or "latest"', 'latest')
    .option('--baseline <run|file>', 'compare with this, and hold relative thresholds against it')
    .addHelpText('after', REPORT_HELP)
    .action(async (run: string, options: ReportOptions) => {
      const { printReport } = await import('../actions/print-report.ts');
      process.exitCode = await printReport(run, options, terminal);
    });
  withSpanOptions(program.command('trace'))
    .description('show one trace as a tree: what it waited for, where it failed')
    .argument(
      '<trace>',
      'its id, or the beginning of it; "latest"; or a run, by its id or "latest"',
    )
    .argument('[which]', 'of the run: "failed" or "slowest"')
    .option('--json', 'print its spans, and what they say together, as JSON')
    .addHelpText('after', TRACE_HELP)
    .action(
      async (trace: string, which: string | undefined, options: ReadOptions & SpanOptions) => {
        const { printTrace } = await import('../actions/print-trace.ts');
        await printTrace(which === undefined ? [trace] : [trace, which], options, terminal);
      },
    );
}
