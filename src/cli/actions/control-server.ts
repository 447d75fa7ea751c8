import { join } from 'node:path';

import { counted, formatDuration, HarnessError, parseDuration, type Ns } from '../../core/index.ts';
import {
  hasLeftovers,
  openStore,
  serverStatus,
  spoolFolder,
  startKeptServer,
  stopServer,
  trustStore,
  type ServerStatus,
  type StopResult,
} from '../../store/index.ts';
import { parseListenAddress } from '../listen-address.ts';
import type { Terminal } from '../terminal.ts';

/** The options of `store start`, `stop` and `status`. */
export interface ServerOptions {
  readonly dir: string;
  readonly json?: true;
}

/**
 * Starts the local server, to stay until it is stopped or unused for a while.
 * @throws USAGE_INVALID; what starting it throws
 */
export async function startServer(
  options: ServerOptions & { readonly idle: string; readonly port: string },
  terminal: Terminal,
): Promise<void> {
  const { port } = parseListenAddress(options.port, '--port');
  const idleNs = idleDuration(options.idle);
  const wanted = port === 0 ? {} : { httpPort: port };
  const status = await startKeptServer({ dir: options.dir, idleNs, ...wanted });
  if (hasLeftovers(spoolFolder(options.dir))) {
    const onNotice = (text: string): void => terminal.progress(text);
    await (await openStore({ dir: options.dir, onNotice })).close();
  }
  terminal.prose(...statusLines(status));
}

/** Stops the local server, at once or once the commands that use it are done. */
export async function endServer({ dir }: ServerOptions, terminal: Terminal): Promise<void> {
  terminal.prose(stopText(await stopServer({ dir })));
}

/** Takes over a store that was copied or unpacked to where it is, and what waits for stores. */
export function takeOverStore({ dir }: ServerOptions, terminal: Terminal): void {
  const { store, spools } = trustStore({ dir });
  for (const path of spools) {
    terminal.prose(`${path} is trusted from now on; what is in it goes into its store`);
  }
  if (store === undefined && spools.length === 0) terminal.prose(`there is no store in ${dir}`);
  if (store !== undefined)
    terminal.prose(`${store} is trusted from now on; its password will be a new one`);
}

/** Prints whether the local server runs, and where. */
export async function printStatus({ dir, json }: ServerOptions, terminal: Terminal): Promise<void> {
  const status = await serverStatus({ dir });
  if (json) terminal.json(JSON.stringify(withoutPassword(status), null, 2));
  else terminal.prose(...statusLines(status));
}

function statusLines(status: ServerStatus): readonly string[] {
  if (!status.running) return [`not running; its data is in ${status.dir}`];
  const { address, pid, version, leases, kept, idleNs, dir } = status;
  const life = kept
    ? `stays until it is stopped, or unused for ${formatDuration(idleNs)}`
    : 'stops with the last command that uses it';
  return [
    `running     process ${pid}, ClickHouse ${version}, used by ${counted(leases, 'command')}`,
    `HTTP        ${address.url}, database ${address.database}`,
    `user        ${address.username}, password in ${join(dir, 'store.json')}`,
    `life        ${life}`,
  ];
}

function stopText(result: StopResult): string {
  switch (result.kind) {
    case 'not-running':
      return 'it was not running';
    case 'stopped':
      return 'stopped';
    case 'in-use':
      return `it stops when the ${counted(result.leases, 'command that uses it is', 'commands that use it are')} done`;
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
