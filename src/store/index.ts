export { GroupCommit, type GroupCommitOptions } from './group-commit.ts';
export { ClickHouseSink, type SinkOptions } from './clickhouse-sink.ts';
export { ClickHouseSource } from './clickhouse-source.ts';
export { connectStore, type StoreConnection } from './connection.ts';
export { migrate } from './migrate.ts';
export { openStore, type OpenStoreOptions, type Store } from './open-store.ts';
export { parseStoreUrl, type StoreAddress } from './store-address.ts';
export {
  openLocalStore,
  serverStatus,
  startKeptServer,
  stopServer,
  type LocalStore,
  type LocalStoreOptions,
  type ServerStatus,
  type StopResult,
} from './local/local-store.ts';
