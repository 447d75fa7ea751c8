import { join } from 'node:path';
import type { Command } from 'commander';

import { formatDuration, HarnessError, parseDuration, type Ns } from '../../core/index.ts';
import {
  serverStatus,
  startKeptServer,
  stopServer,
  type ServerStatus,
  type StopResult,
} from '../../store/index.ts';
import { parseListenAddress } from '../run/listen-address.ts';
import { dirOption } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface ServerOptions {
  readonly dir: string;
  readonly json?: true;
}

/** Adds `callgauge store start|stop|status`: the local ClickHouse server by hand. */
export function addStore(program: Command, terminal: Terminal): void {
  const store = program.command('store').description('the local ClickHouse server of this folder');
  store
    .command('start')
    .addOption(dirOption())
    .description('start it and let it run, for Grafana or a second terminal')
    .option('--idle <duration>', 'stop after this long without use', '30m')
    .option('--port <port>', 'HTTP port; 0 takes a free one', '0')
    .addHelpText('after', '\nExample:\n  callgauge store start --idle 2h --port 8123')
    .action(async (options: ServerOptions & { idle: string; port: string }) => {
      const { port } = parseListenAddress(options.port, '--port');
      const idleNs = idleDuration(options.idle);
      const wanted = port === 0 ? {} : { httpPort: port };
      terminal.out(statusText(await startKeptServer({ dir: options.dir, idleNs, ...wanted })));
    });
  store
    .command('stop')
    .addOption(dirOption())
    .description('stop it; what it holds stays')
    .addHelpText('after', '\nExample:\n  callgauge store stop')
    .action(async ({ dir }: ServerOptions) => {
      terminal.out(stopText(await stopServer({ dir })));
    });
  store
    .command('status')
    .addOption(dirOption())
    .description('say whether it runs, and where')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  callgauge store status --json')
    .action(async ({ dir, json }: ServerOptions) => {
      const status = await serverStatus({ dir });
      terminal.out(json ? JSON.stringify(withoutPassword(status), null, 2) : statusText(status));
    });
}

function statusText(status: ServerStatus): string {
  if (!status.running) return `not running; its data is in ${status.dir}`;
  const { address, pid, version, tcpPort, leases, kept, idleNs, dir } = status;
  const life = kept
    ? `stays until it is stopped, or unused for ${formatDuration(idleNs)}`
    : 'stops with the last command that uses it';
  return [
    `running     process ${pid}, ClickHouse ${version}, used by ${leases} commands`,
    `HTTP        ${address.url}, database ${address.database}`,
    `native TCP  127.0.0.1:${tcpPort}`,
    `user        ${address.username}, password in ${join(dir, 'store.json')}`,
    `life        ${life}`,
  ].join('\n');
}

function stopText(result: StopResult): string {
  switch (result.kind) {
    case 'not-running':
      return 'it was not running';
    case 'stopped':
      return 'stopped';
    case 'in-use':
      return `it stops when the ${result.leases} commands that use it are done`;
  }
}

function withoutPassword(status: ServerStatus): unknown {
  if (!status.running) return status;
  const { password: _, ...address } = status.address;
  return { ...status, address };
}

function idleDuration(text: string): Ns {
  const ns = parseDuration(text);
  if (ns !== undefined && ns > 0) return ns;
  throw new HarnessError('USAGE_INVALID', `--idle must be a duration > 0, got ${text}`, {
    hint: 'Write --idle 30m, say.',
  });
}
