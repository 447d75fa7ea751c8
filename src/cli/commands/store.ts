import type { Command } from 'commander';

import { formatDuration, HarnessError, parseDuration, type Ns } from '../../core/index.ts';
import { serverStatus, startKeptServer, stopServer } from '../../store/index.ts';
import { dirOption } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface ServerOptions {
  readonly dir: string;
  readonly json?: true;
}

/** Adds `callgauge store start|stop|status`: the local ClickHouse server by hand. */
export function addStore(program: Command, terminal: Terminal): void {
  const store = program.command('store').description('the local ClickHouse server of this folder');
  const start = store.command('start').addOption(dirOption());
  start
    .description('start it and let it run, for Grafana or a second terminal')
    .option('--idle <duration>', 'stop after this long without a query', '30m')
    .addHelpText('after', '\nExample:\n  callgauge store start --idle 2h')
    .action(async ({ dir, idle }: ServerOptions & { idle: string }) => {
      const status = await startKeptServer({ dir, idleNs: duration(idle) });
      terminal.out(
        `running at ${status.url}, user ${status.username}; stop it: callgauge store stop`,
      );
    });
  const stop = store.command('stop').addOption(dirOption());
  stop
    .description('stop it; what it holds stays')
    .addHelpText('after', '\nExample:\n  callgauge store stop')
    .action(async ({ dir }: ServerOptions) => {
      const result = await stopServer({ dir });
      terminal.out(result.stopped ? 'stopped' : 'it was not running');
    });
  const status = store.command('status').addOption(dirOption());
  status
    .description('say whether it runs, and where')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  callgauge store status --json')
    .action(async ({ dir, json }: ServerOptions) => {
      const found = await serverStatus({ dir });
      terminal.out(json ? JSON.stringify(found, null, 2) : JSON.stringify(found));
    });
}

function duration(text: string): Ns {
  const ns = parseDuration(text);
  if (ns !== undefined && ns > 0) return ns;
  throw new HarnessError('USAGE_INVALID', `--idle must be a duration > 0, got ${text}`, {
    hint: `Write --idle 30m, say (${formatDuration(1_800_000_000_000)}).`,
  });
}
