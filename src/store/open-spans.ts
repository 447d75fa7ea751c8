import { systemClock } from '../core/index.ts';
import type { AttemptReader, OperationReader, SpanWindows, TraceFinder } from '../spans/index.ts';
import { storedAttempts } from './attempt-queries.ts';
import { ClickHouseSource } from './clickhouse-source.ts';
import { connectStore, type StoreConnection } from './connection.ts';
import { storedTraceFinder } from './find-traces.ts';
import { parseTableName, probeForeignTable } from './foreign-table.ts';
import { openLocalStore } from './local/local-store.ts';
import { openStore, remoteAddress, type OpenStoreOptions } from './open-store.ts';
import { storedOperations } from './read-operations.ts';
import { storedSpanWindows } from './span-windows.ts';
import type { StoreAddress } from './store-address.ts';

export interface OpenSpansOptions extends Omit<OpenStoreOptions, 'access'> {
  /** A team's own table, `database.table`, which is only read; without it, the store's own. */
  readonly spans?: string;
}

/** Spans that can be read, wherever they lie. */
export interface SpanReader {
  /** Of a team's own table it knows spans and no runs. */
  readonly source: ClickHouseSource;
  readonly windows: SpanWindows;
  readonly finder: TraceFinder;
  readonly operations: OperationReader;
  readonly attempts: AttemptReader;
  /** For people, without the password. */
  readonly description: string;
  close(): Promise<void>;
}

/**
 * Opens the spans that the options name to read them. Of a team's own table nothing is asked but
 * SELECT: no table is made, no migration is run, no setting is sent.
 * @throws what {@link openStore} throws; STORE_UNSUITABLE where the table cannot be read
 */
export async function openSpans({ spans, ...options }: OpenSpansOptions): Promise<SpanReader> {
  if (spans !== undefined) return openForeign(spans, options);
  const store = await openStore({ ...options, access: 'read' });
  return {
    source: store.source,
    windows: storedSpanWindows(store.connection, store.layout),
    finder: storedTraceFinder(store.connection, store.layout),
    operations: storedOperations(store.connection, store.layout),
    attempts: storedAttempts(store.connection, store.layout),
    description: store.description,
    close: () => store.close(),
  };
}

async function openForeign(text: string, options: OpenStoreOptions): Promise<SpanReader> {
  const clock = options.clock ?? systemClock();
  const { dir, signal } = options;
  if (options.url !== undefined) {
    return readerOf(text, remoteAddress(options.url, options.ca), async (address) =>
      connectStore(address, { clock, sendsSettings: false, ...(signal && { signal }) }),
    );
  }
  const local = await openLocalStore({ clock, ...(dir && { dir }), ...(signal && { signal }) });
  try {
    const reader = await readerOf(text, local, async (address) =>
      connectStore(address, { clock, isLocal: true, ...(signal && { signal }) }),
    );
    const close = async (): Promise<void> => {
      await reader.close();
      await local.release();
    };
    return { ...reader, close };
  } catch (error) {
    await local.release();
    throw error;
  }
}

async function readerOf(
  text: string,
  address: StoreAddress,
  connect: (address: StoreAddress) => Promise<StoreConnection>,
): Promise<SpanReader> {
  const name = parseTableName(text, address.database);
  const connection = await connect({ ...address, database: name.database });
  try {
    const layout = await probeForeignTable(connection, name);
    return {
      source: new ClickHouseSource(connection, layout),
      windows: storedSpanWindows(connection, layout),
      finder: storedTraceFinder(connection, layout),
      operations: storedOperations(connection, layout),
      attempts: storedAttempts(connection, layout),
      description: `${name.database}.${name.table} at ${connection.url}`,
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
