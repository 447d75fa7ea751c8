import { existsSync } from 'node:fs';
import {
  errorText,
  HarnessError,
  NS_PER_SEC,
  readAtMost,
  systemClock,
  unlessStopped,
  type Clock,
  type Ns,
} from '../core/index.ts';
import { ClickHouseSink } from './clickhouse-sink.ts';
import { ClickHouseSource } from './clickhouse-source.ts';
import { connectStore, type StoreConnection } from './connection.ts';
import { InsertGate } from './insert-gate.ts';
import { openLocalStore, type LocalStore } from './local/local-store.ts';
import { checkOwnFolder } from './local/own-folder.ts';
import { DEFAULT_DIR, storeFiles } from './local/store-files.ts';
import { migrate, prepareTables } from './migrate.ts';
import type { SpanLayout } from './span-layout.ts';
import type { UndecidedLog } from '../sampling/index.ts';
import { SpanJournal } from './spool/span-journal.ts';
import { UndecidedSegments } from './spool/undecided-segments.ts';
import { storeLeftovers } from './spool/store-leftovers.ts';
import { checkLeftovers, createSpool, spoolFolder } from './spool/spool-folder.ts';
import { isPassing } from './store-error.ts';
import { parseStoreUrl, type StoreAddress } from './store-address.ts';
import type { StoreAccess } from './table-check.ts';

export interface OpenStoreOptions {
  /** A remote server, `http://user:password@host:8123/database`; without it the local one. */
  readonly url?: string;
  /** A file of certificates (PEM) that the remote server's must be signed by. */
  readonly ca?: string;
  /** The folder of the local server; `.callgauge` of the working directory where left out. */
  readonly dir?: string;
  readonly clock?: Clock;
  /**
   * Hears that the store went away or came back, that the local server was started again, and that
   * what waited in the spool is stored.
   */
  readonly onNotice?: (text: string) => void;
  /**
   * Leaves the undecided spans of earlier commands to {@link Store.undecidedLog}; without it all of
   * them are stored.
   */
  readonly leavesUndecided?: boolean;
  /** What the store is for; `write` where left out. */
  readonly access?: StoreAccess;
  /** Ends the opening early. */
  readonly signal?: AbortSignal;
}

/** A server that dies again and again is not started for ever. */
const RESTARTS_MAX = 5;
const RESTARTS_WITHIN_NS = 600 * NS_PER_SEC;

/** A store ready for use: reachable, its tables as this version wants them. */
export interface Store {
  readonly connection: StoreConnection;
  readonly sink: ClickHouseSink;
  readonly source: ClickHouseSource;
  readonly layout: SpanLayout;
  /** What it goes by: the option's, or the system's. */
  readonly clock: Clock;
  /** Identities of the spans that earlier commands left on disk, which are stored now. */
  readonly replayed: readonly Uint32Array[];
  /**
   * Returns where spans wait until their traces are decided.
   * @throws HarnessError STORE_UNSUITABLE where the table of spans takes no blocks
   */
  undecidedLog(): UndecidedLog;
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
 * @throws HarnessError STORE_UNREACHABLE, STORE_REFUSED, STORE_UNSUITABLE, STORE_UNSUPPORTED,
 * STORE_UNTRUSTED, STORE_START_FAILED, MIGRATION_CHANGED, or USAGE_INVALID for a malformed URL or a
 * file without certificates.
 */
export async function openStore(options: OpenStoreOptions = {}): Promise<Store> {
  const clock = options.clock ?? systemClock();
  if (options.url !== undefined) {
    const address = remoteAddress(options.url, options.ca);
    const spool = spoolFolder(options.dir, address);
    checkOwnFolder(storeFiles(options.dir));
    checkLeftovers(spool);
    const { signal } = options;
    const connection = await connectStore(address, { clock, ...(signal && { signal }) });
    return readyStore(connection, options, {
      description: `${connection.url}/${connection.database}`,
      serverPid: undefined,
      spool,
      release: async () => {},
    });
  }
  const { dir, signal } = options;
  const spool = spoolFolder(dir);
  checkOwnFolder(storeFiles(dir));
  checkLeftovers(spool);
  const local = await openLocalStore({ clock, ...(dir && { dir }), ...(signal && { signal }) });
  try {
    const findAgain = revival(local, { ...options, clock });
    const connection = await connectStore(local, {
      clock,
      findAgain,
      isLocal: true,
      explain: (error) => explained(error, dir),
      ...(signal && { signal }),
    });
    return await readyStore(connection, options, {
      description: `${dir ?? DEFAULT_DIR} (local ClickHouse)`,
      serverPid: local.pid,
      spool,
      release: () => local.release(),
    });
  } catch (error) {
    await local.release();
    throw error;
  }
}

/** A server whose folder was removed makes parts of it anew, and knows of nothing but files. */
function explained(error: HarnessError, dir: string | undefined): HarnessError {
  const files = storeFiles(dir);
  if (error.code !== 'STORE_REFUSED' || existsSync(files.record)) return error;
  return new HarnessError(
    'STORE_REFUSED',
    `the local store cannot be used any more: its folder ${files.dir} was removed while it ran`,
    { hint: 'Start the command again; the folder is made anew.', cause: error.cause },
  );
}

/**
 * Returns the address of a server by its URL and the file of its certificates.
 * @throws HarnessError USAGE_INVALID
 */
export function remoteAddress(url: string, ca: string | undefined): StoreAddress {
  return { ...parseStoreUrl(url), ...caOf(ca) };
}

const CERTIFICATES_BYTES_MAX = 2 ** 20;

function caOf(file: string | undefined): { readonly ca?: Buffer } {
  if (file === undefined) return {};
  const hint =
    'It is a file of certificates in PEM form, after --store-ca or in CALLGAUGE_STORE_CA.';
  let ca: Buffer;
  try {
    ca = readAtMost(file, CERTIFICATES_BYTES_MAX);
  } catch (error) {
    const message = `the certificates of the store cannot be read: ${errorText(error)}`;
    throw new HarnessError('USAGE_INVALID', message, { hint, cause: error });
  }
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw new HarnessError('USAGE_INVALID', `${file} holds no certificate`, { hint });
  }
  return { ca };
}

/**
 * Returns what starts a local server again that died, and brings its tables up to date: its folder
 * may be gone. Where the new server is not ready for that yet, it is asked for again.
 */
function revival(
  local: LocalStore,
  { clock, onNotice }: { readonly clock: Clock } & Pick<OpenStoreOptions, 'onNotice'>,
): () => Promise<StoreAddress | undefined> {
  let { url } = local;
  let restartsNs: readonly Ns[] = [];
  return async () => {
    const nowNs = clock.nowNs();
    restartsNs = restartsNs.filter((atNs) => atNs > nowNs - RESTARTS_WITHIN_NS);
    if (restartsNs.length >= RESTARTS_MAX) return undefined;
    const address = await local.revive();
    if (address === undefined || address.url === url) return undefined;
    const connection = await connectStore(address, { clock, isLocal: true });
    try {
      await migrate(connection);
    } finally {
      await connection.close();
    }
    ({ url } = address);
    restartsNs = [...restartsNs, nowNs];
    const last = restartsNs.length === RESTARTS_MAX ? '; soon after, it stays away' : '';
    onNotice?.(`the local store was gone and has been started again${last}`);
    return address;
  };
}

async function readyStore(
  connection: StoreConnection,
  {
    access = 'write',
    clock = systemClock(),
    leavesUndecided = false,
    onNotice,
    signal,
  }: OpenStoreOptions,
  parts: {
    readonly description: string;
    readonly serverPid: number | undefined;
    /** The folder of what this store could not take. */
    readonly spool: string;
    release(): Promise<void>;
  },
): Promise<Store> {
  let layout: SpanLayout;
  let replayed: readonly Uint32Array[];
  try {
    ({ layout } = await unlessStopped(prepareTables(connection, { access }), signal));
    const leftovers = storeLeftovers(connection, {
      ...{ folder: parts.spool, clock, leavesUndecided, onNotice },
    });
    replayed = await unlessStopped(leftovers, signal);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const gate = new InsertGate({
    clock,
    insert: (frame, breakOff) => connection.insertFrame(frame, breakOff),
    isPassing,
    newSpool: () => createSpool(parts.spool),
    ...(onNotice && { onNotice }),
  });
  // The rows of a table with columns of names, which a Collector makes, take more than a block has.
  const takesBlocks = layout.keyColumns.length === 0;
  const journal = new SpanJournal({
    clock,
    insert: (frame, breakOff) => connection.insertFrame(frame, breakOff),
    newFile: () => createSpool(parts.spool),
    onNotice,
  });
  const sink = new ClickHouseSink(connection, {
    clock,
    layout,
    gate,
    journal: takesBlocks ? journal : undefined,
  });
  return {
    connection,
    sink,
    source: new ClickHouseSource(connection, layout),
    ...{ layout, clock, replayed },
    undecidedLog: () => {
      if (takesBlocks) return new UndecidedSegments({ folder: parts.spool, journal, onNotice });
      const columns = layout.keyColumns.join(' and ');
      throw new HarnessError(
        'STORE_UNSUITABLE',
        `traces cannot be sampled into otel_traces with the columns ${columns}: they are filled from spans, and sampled rows are blocks`,
        { hint: 'Name another database with --store, or leave out --sample.' },
      );
    },
    description: parts.description,
    serverPid: parts.serverPid,
    close: async () => {
      sink.hurry();
      await journal.close();
      await sink.settled();
      await gate.close();
      await connection.close();
      await parts.release();
    },
  };
}
