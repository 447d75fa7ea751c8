import { Option, type Command } from 'commander';

import type { OpenStoreOptions } from '../store/index.ts';

/** Where a command finds the store. */
export interface StoreOptions {
  readonly store?: string;
  readonly dir?: string;
}

/** Adds `--store` and `--dir` to a command; CALLGAUGE_STORE and CALLGAUGE_DIR stand for them. */
export function withStoreOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--store <url>',
        'ClickHouse server, http://user:password@host:8123/database (default: a local one)',
      ).env('CALLGAUGE_STORE'),
    )
    .addOption(dirOption());
}

/** Returns the option that names the folder of the local server. */
export function dirOption(): Option {
  const option = new Option('--dir <folder>', "folder of the local server's data");
  return option.env('CALLGAUGE_DIR').default('.callgauge');
}

/** Returns the options under the names that the store knows. */
export function storeOptions({ store, dir }: StoreOptions): OpenStoreOptions {
  return {
    ...(store === undefined ? {} : { url: store }),
    ...(dir === undefined ? {} : { dir }),
  };
}
