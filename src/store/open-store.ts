import { systemClock, type Clock } from '../core/index.ts';
import { ClickHouseSink } from './clickhouse-sink.ts';
import { ClickHouseSource } from './clickhouse-source.ts';
import { connectStore, type StoreConnection } from './connection.ts';
import { openLocalStore } from './local/local-store.ts';
import { DEFAULT_DIR } from './local/store-files.ts';
import { migrate } from './migrate.ts';
import { parseStoreUrl } from './store-address.ts';

export interface OpenStoreOptions {
  /** A remote server, `http://user:password@host:8123/database`; without it the local one. */
  readonly url?: string;
  /** The folder of the local server; `.callgauge` of the working directory where left out. */
  readonly dir?: string;
  readonly clock?: Clock;
}

/** A store ready for use: reachable, its tables as this version wants them. */
export interface Store {
  readonly connection: StoreConnection;
  readonly sink: ClickHouseSink;
  readonly source: ClickHouseSource;
  /** For people, without the password: `.callgauge (local ClickHouse)`, or the server's URL. */
  readonly description: string;
  /** The id of the local server's process; undefined for one that is reached by URL. */
  readonly serverPid: number | undefined;
  /**
   * Waits for what was written, then lets go of the server. The local one stops where nobody else
   * uses it, and this resolves once its process is gone.
   */
  close(): Promise<void>;
}

/**
 * Returns the store that the options name: connects to it (starting the local server where none
 * runs) and brings its tables up to date.
 * @throws HarnessError STORE_UNREACHABLE, STORE_REFUSED, STORE_UNSUPPORTED, STORE_START_FAILED,
 * MIGRATION_CHANGED, or USAGE_INVALID for a malformed URL.
 */
export async function openStore(options: OpenStoreOptions = {}): Promise<Store> {
  const clock = options.clock ?? systemClock();
  if (options.url !== undefined) {
    const connection = await connectStore(parseStoreUrl(options.url), { clock });
    const description = `${connection.url}/${connection.database}`;
    return readyStore(connection, {
      clock,
      description,
      serverPid: undefined,
      release: async () => {},
    });
  }
  const local = await openLocalStore(
    options.dir === undefined ? { clock } : { dir: options.dir, clock },
  );
  try {
    const connection = await connectStore(local, { clock });
    return await readyStore(connection, {
      clock,
      description: `${options.dir ?? DEFAULT_DIR} (local ClickHouse)`,
      serverPid: local.pid,
      release: () => local.release(),
    });
  } catch (error) {
    await local.release();
    throw error;
  }
}

async function readyStore(
  connection: StoreConnection,
  options: {
    readonly clock: Clock;
    readonly description: string;
    readonly serverPid: number | undefined;
    release(): Promise<void>;
  },
): Promise<Store> {
  try {
    await migrate(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const sink = new ClickHouseSink(connection, { clock: options.clock });
  return {
    connection,
    sink,
    source: new ClickHouseSource(connection),
    description: options.description,
    serverPid: options.serverPid,
    close: async () => {
      await sink.settled();
      await connection.close();
      await options.release();
    },
  };
}
