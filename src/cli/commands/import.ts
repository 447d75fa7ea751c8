import { Option, type Command } from 'commander';

import type { ImportOptions } from '../import-text.ts';
import { withStoreOptions, type ReadOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

const HELP = `
Examples:
  callgauge import traces.csv.gz
  callgauge import healthy.csv.gz incident.csv.gz --duration-unit us
  kubectl exec otelcol -- cat /data/traces.jsonl | callgauge import -`;

/** Adds `callgauge import`: files of spans into the store. */
export function addImport(program: Command, terminal: Terminal): void {
  withStoreOptions(program.command('import'))
    .description('store spans of files: CSV, or OTLP JSON lines; also packed by gzip or zstd')
    .argument('<file...>', 'files of spans; "-" is standard input')
    .addOption(
      new Option(
        '--duration-unit <unit>',
        'of a column of durations whose name does not say it',
      ).choices(['ns', 'us', 'ms', 's']),
    )
    .option('--strict', 'end at the first line that cannot be read')
    .option('--json', 'print what was stored as JSON')
    .addHelpText('after', HELP)
    .action(async (files: string[], options: ReadOptions & ImportOptions) => {
      const { importFiles } = await import('../actions/import-files.ts');
      await importFiles(files, options, terminal);
    });
}
