import type { Command } from 'commander';

import { HarnessError, type RunRecord } from '../../core/index.ts';
import { renderJson, renderRuns, renderTerminal, renderTrace } from '../../report/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { reportOf } from '../run-report.ts';
import {
  commandLineOf,
  storeOptions,
  withStoreOptions,
  type StoreOptions,
} from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface ReadOptions extends StoreOptions {
  readonly json?: true;
}

/** Adds the commands that only read the store: `runs`, `report` and `trace`. */
export function readCommand(program: Command, terminal: Terminal): void {
  withStoreOptions(program.command('runs'))
    .description('list the stored runs, newest first')
    .option('--limit <n>', 'how many at most', '20')
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nExample:\n  callgauge runs --limit 5')
    .action((options: ReadOptions & { limit: string }) =>
      withStore(options, async ({ source }) => {
        const runs = await source.runs(positive(options.limit, '--limit'));
        const list = runs.map((run) => withoutSource(run));
        terminal.out(options.json ? JSON.stringify(list, null, 2) : renderRuns(runs, terminal));
      }),
    );
  withStoreOptions(program.command('report'))
    .description('print the report of a stored run again')
    .argument('[run]', 'a run id, or "latest"', 'latest')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  callgauge report latest --json > report.json')
    .action((run: string, options: ReadOptions) =>
      withStore(options, async (store) => {
        const report = await reportOf(store, run, commandLineOf(options));
        terminal.out(options.json ? renderJson(report) : renderTerminal(report, terminal));
      }),
    );
  withStoreOptions(program.command('trace'))
    .description('show one trace as a tree')
    .argument('<id>', 'a trace id, 32 hex digits')
    .option('--json', 'print its spans as JSON')
    .addHelpText('after', '\nExample:\n  callgauge trace 673e1c5b9f3a2b10c0ffee0012345678')
    .action((id: string, options: ReadOptions) =>
      withStore(options, async ({ source }) => {
        const spans = await source.trace(id.toLowerCase());
        if (spans.length === 0) throw noTrace(id);
        terminal.out(
          options.json
            ? JSON.stringify(spans, (_key, value: unknown) => textOfBigint(value), 2)
            : renderTrace(spans, terminal),
        );
      }),
    );
}

async function withStore(
  options: StoreOptions,
  use: (store: Store) => Promise<void>,
): Promise<void> {
  const store = await openStore(storeOptions(options));
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

/** The scenario's text is the report's matter, and may hold what is not for a list. */
function withoutSource(run: RunRecord): Omit<RunRecord, 'source'> {
  const { source: _, ...listed } = run;
  return listed;
}

function noTrace(id: string): HarnessError {
  return new HarnessError('TRACE_NOT_FOUND', `the store holds no trace ${id}`, {
    hint: 'A report names traces that it holds: callgauge report latest',
  });
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new HarnessError('USAGE_INVALID', `${option} must be a whole number > 0, got ${text}`, {
    hint: `Write ${option} 20, say.`,
  });
}

function textOfBigint(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
