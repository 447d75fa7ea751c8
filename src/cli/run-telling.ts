import { HarnessError, parseDuration, type Ns } from '../core/index.ts';
import { parseListenAddress } from './listen-address.ts';
import type { CommandOutputs } from './outputs/command-outputs.ts';
import type { RunOptions } from './run-options.ts';
import type { Terminal } from './terminal.ts';

/** What a run is told with. */
export interface RunTelling {
  readonly options: RunOptions;
  readonly terminal: Terminal;
  readonly outputs: CommandOutputs;
  /** Of a scenario with two versions: most time to measure them; undefined for the default. */
  readonly atMostNs?: Ns | undefined;
}

/** What the options of a run say, read. */
export type ParsedRunOptions = ReturnType<typeof parseRunOptions>;

/** @throws USAGE_INVALID */
export function parseRunOptions(options: RunOptions) {
  const { metrics, receive, proxyAdmin } = options;
  return {
    metrics: metrics === undefined ? undefined : parseListenAddress(metrics, '--metrics'),
    receive: parseListenAddress(receive, '--receive'),
    receiveWaitNs: parseReceiveWait(options.receiveWait),
    proxyAdmin:
      proxyAdmin === undefined ? undefined : parseListenAddress(proxyAdmin, '--proxy-admin'),
    watchProxies: parseAdminUrl(options.watchProxies),
  };
}

function parseAdminUrl(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url?.protocol === 'http:' && url.pathname === '/' && url.search === '') return url;
  throw new HarnessError('USAGE_INVALID', `--watch-proxies must be http://host:port, got ${text}`, {
    hint: 'Name where the admin API is: --watch-proxies http://127.0.0.1:8474, say.',
  });
}

function parseReceiveWait(text: string): Ns {
  const waitNs = text === '0' ? 0 : parseDuration(text);
  if (waitNs !== undefined) return waitNs;
  throw new HarnessError('USAGE_INVALID', `--receive-wait must be a time, got '${text}'`, {
    hint: 'Write a number and a unit, such as 10s; 0 does not wait.',
  });
}
