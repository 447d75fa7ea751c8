export { ClickHouseSink, type SinkOptions } from './clickhouse-sink.ts';
export { ClickHouseSource } from './clickhouse-source.ts';
export { connectStore, type ConnectOptions, type StoreConnection } from './connection.ts';
export {
  serverStatus,
  startKeptServer,
  stopServer,
  trustStore,
  type KeptServerOptions,
  type ServerStatus,
  type StopResult,
  type TrustedParts,
} from './local/kept-server.ts';
export { openLocalStore, type LocalStore } from './local/local-store.ts';
export type { LocalStoreOptions } from './local/reach-server.ts';
export { spansNotStored } from './known-spans.ts';
export { migrate } from './migrate.ts';
export { openStore, type OpenStoreOptions, type Store } from './open-store.ts';
export { DEFAULT_DIR } from './local/store-files.ts';
export { hasLeftovers, spoolFolder } from './spool/spool-folder.ts';
export { parseStoreUrl, type StoreAddress } from './store-address.ts';
