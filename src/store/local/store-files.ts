import { join, resolve } from 'node:path';

/** Where the local server keeps things, all absolute. */
export interface StoreFiles {
  /** `.callgauge` itself. */
  readonly dir: string;
  /** ClickHouse's own folder: tables, and what the server was started with. */
  readonly data: string;
  readonly config: string;
  /** Held by the server process as long as it lives. */
  readonly lock: string;
  /** How to reach the server; there while it can be reached. */
  readonly record: string;
  readonly log: string;
  /** What stores could not take yet, a folder for each. */
  readonly spool: string;
  /** Tells a store that was made here from one that was brought here. */
  readonly origin: string;
}

/** The local server's folder where none is named, in the working directory. */
export const DEFAULT_DIR = '.callgauge';

/** Returns the local server's files in a folder. */
export function storeFiles(dir: string = DEFAULT_DIR): StoreFiles {
  const root = resolve(dir);
  return {
    dir: root,
    data: join(root, 'store'),
    config: join(root, 'store', 'config'),
    lock: join(root, 'store.lock'),
    record: join(root, 'store.json'),
    log: join(root, 'store.log'),
    spool: join(root, 'spool'),
    origin: join(root, 'store.origin'),
  };
}
