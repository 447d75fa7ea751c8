import type { Command } from 'commander';

import { REMOTE_LISTEN, withHostOption, type HostOptions } from './host-options.ts';
import { withResultOptions, type ResultOptions } from './result-options.ts';
import { withStoreOptions, type StoreOptions } from './store-options.ts';

/** How a run is stored, watched and reported; the same for every command that carries one out. */
export interface RunOptions extends StoreOptions, HostOptions, ResultOptions {
  readonly metrics?: string;
  readonly receive: string;
  readonly receiveWait: string;
  readonly proxyAdmin?: string;
  readonly watchProxies?: string;
  /** False: nothing, whatever the scenario says. */
  readonly baseline?: string | false;
  readonly allowRemoteListen?: true;
}

/** What a run is held against, of the commands that carry out one. */
export const BASELINE_OPTION = [
  '--baseline <run|file>',
  'compare with this; 120 where the run is worse',
] as const;

/** Adds the options of {@link RunOptions} to a command. */
export function withRunOptions(command: Command): Command {
  const options = withResultOptions(withStoreOptions(command))
    .option('--metrics <[host:]port>', 'serve Prometheus metrics while it runs')
    .option('--receive <[host:]port>', "where to take services' spans; port 0 takes any", '0')
    .option('--receive-wait <time>', 'most time to wait for their last spans after the load', '10s')
    .option('--proxy-admin <[host:]port>', "serve Toxiproxy's API for the proxies while it runs")
    .option('--watch-proxies <url>', 'take toxics of proxies of another process for faults')
    .option(...REMOTE_LISTEN);
  return withHostOption(options);
}
