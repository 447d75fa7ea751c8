import type { Command } from 'commander';

import type { ServerOptions } from '../actions/control-server.ts';
import { dirOption } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

/** Adds `callgauge store start|stop|status|trust`: the local ClickHouse server by hand. */
export function addStore(program: Command, terminal: Terminal): void {
  const store = program
    .command('store')
    .description('the local ClickHouse server of this folder')
    .addHelpText('after', '\nExample:\n  callgauge store start --port 8123');
  store
    .command('start')
    .addOption(dirOption())
    .description('start it and let it run, for Grafana or a second terminal')
    .option('--idle <duration>', 'stop after this long without use', '30m')
    .option('--port <port>', 'HTTP port; 0 takes a free one', '0')
    .addHelpText('after', '\nExample:\n  callgauge store start --idle 2h --port 8123')
    .action(async (options: ServerOptions & { idle: string; port: string }) => {
      const { startServer } = await import('../actions/control-server.ts');
      await startServer(options, terminal);
    });
  store
    .command('stop')
    .addOption(dirOption())
    .description('stop it; what it holds stays')
    .addHelpText('after', '\nExample:\n  callgauge store stop')
    .action(async (options: ServerOptions) => {
      const { endServer } = await import('../actions/control-server.ts');
      await endServer(options, terminal);
    });
  store
    .command('status')
    .addOption(dirOption())
    .description('say whether it runs, and where')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  callgauge store status --json')
    .action(async (options: ServerOptions) => {
      const { printStatus } = await import('../actions/control-server.ts');
      await printStatus(options, terminal);
    });
  store
    .command('trust')
    .addOption(dirOption())
    .description('take over a store that you copied or unpacked to where it is')
    .addHelpText('after', '\nExample:\n  callgauge store trust --dir results/.callgauge')
    .action(async (options: ServerOptions) => {
      const { takeOverStore } = await import('../actions/control-server.ts');
      takeOverStore(options, terminal);
    });
}
