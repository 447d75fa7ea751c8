import { Readable } from 'node:stream';
import {
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
  type ClickHouseSettings,
} from '@clickhouse/client';
import { NS_PER_SEC, systemClock, type Clock, type HarnessError, type Ns } from '../core/index.ts';
import { createLiveness } from './liveness.ts';
import type { InsertFrame } from './spool/spool-frame.ts';
import { queryText, type QueryName } from './sql-files.ts';
import type { StoreAddress } from './store-address.ts';
import { storeError } from './store-error.ts';

export interface ConnectOptions {
  readonly clock?: Clock;
  /** How long the first answer may take. */
  readonly pingTimeoutNs?: Ns;
  /**
   * Asked where the server does not answer: starts it again, say, and returns where it is now;
   * undefined where there is nothing to be done.
   */
  readonly findAgain?: () => Promise<StoreAddress | undefined>;
  /** Whether it is the server of this machine's folder: then nobody gave its address. */
  readonly isLocal?: boolean;
  /** Returns the error to tell in place of one, where more is known than the server says. */
  readonly explain?: (error: HarnessError) => HarnessError;
  /** Ends the connecting early. */
  readonly signal?: AbortSignal;
  /** Whether queries say how numbers are written, which a user of `readonly = 1` may not. */
  readonly sendsSettings?: boolean;
}

/** Values of a query's `{name:Type}` parameters. */
export type QueryParameters = Readonly<Record<string, unknown>>;

const PING_TIMEOUT_NS = 3 * NS_PER_SEC;
/** Of a query without a byte of its answer; a server that is silent is found out before. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Below the 20 s in which a command has its report or says why not. */
const SILENT_TIMES_MAX = 8;
const ASKED_EVERY_NS = NS_PER_SEC;
/** Below the 3 s after which the oldest servers in use close an idle connection. */
const IDLE_SOCKET_MS = 2_000;
const CONNECTIONS_MAX = 10;

const QUERY_SETTINGS: ClickHouseSettings = {
  // Whole numbers below 2^53 come as JSON numbers; the queries turn larger ones into text.
  output_format_json_quote_64bit_integers: 0,
};

const INSERT_SETTINGS: ClickHouseSettings = {
  // The answer must mean that the rows are in the table, not that they were taken.
  async_insert: 0,
  wait_end_of_query: 1,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // A Distributed table passes the rows on before it answers.
  insert_distributed_sync: 1,
  // Text that looks like a date stays text also in a JSON column.
  input_format_try_infer_dates: 0,
  input_format_try_infer_datetimes: 0,
  // Services whose clocks are off spread a batch over many days; that must not fail it.
  max_partitions_per_insert_block: '1000',
};

/**
 * Returns a connection to the server at the address, once it has answered and taken the password.
 * The database need not exist yet: {@link migrate} makes it.
 * @throws HarnessError STORE_UNREACHABLE where nothing answers in time, STORE_REFUSED where the
 * user, the password or the server itself is not the right one.
 */
export async function connectStore(
  address: StoreAddress,
  options: ConnectOptions = {},
): Promise<StoreConnection> {
  const clock = options.clock ?? systemClock();
  const server = clientOf(address, 'default');
  try {
    const version = await askVersion(server, clock, options);
    return new StoreConnection(address, version, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw storeError(error, address.url, options.isLocal);
  } finally {
    await server.close();
  }
}

/** An open connection to one database of a ClickHouse server: a small pool of HTTP sockets. */
export class StoreConnection {
  readonly database: string;
  /** The server's version, `26.7.2.1` say. */
  readonly version: string;
  readonly #findAgain: ConnectOptions['findAgain'];
  readonly #sendsSettings: boolean;
  readonly #isLocal: boolean;
  readonly #explain: NonNullable<ConnectOptions['explain']>;
  readonly #liveness;
  #address: StoreAddress;
  #client: ClickHouseClient;
  #finding: Promise<void> | undefined;
  #closed = false;

  constructor(address: StoreAddress, version: string, options: ConnectOptions = {}) {
    this.database = address.database;
    this.version = version;
    this.#findAgain = options.findAgain;
    this.#sendsSettings = options.sendsSettings ?? true;
    this.#isLocal = options.isLocal ?? false;
    this.#explain = options.explain ?? ((error) => error);
    this.#address = address;
    this.#client = clientOf(address, address.database);
    this.#liveness = createLiveness({
      clock: options.clock ?? systemClock(),
      ask: (signal) => answers(this.#address, signal),
      everyNs: ASKED_EVERY_NS,
      timesMax: SILENT_TIMES_MAX,
    });
  }

  /** `http://host:port`, without user and password. */
  get url(): string {
    return this.#address.url;
  }

  /**
   * Returns the rows of any SELECT, each an object by column name, or what `parse` makes of its
   * JSON. Without it whole numbers past 2^53 lose digits: let the query turn those into text.
   * @throws HarnessError STORE_UNREACHABLE, STORE_REFUSED
   */
  async select<Row>(
    sql: string,
    parameters: QueryParameters = {},
    parse?: (json: string) => Row,
  ): Promise<readonly Row[]> {
    try {
      return await this.#liveness.watch(async (signal) => {
        const result = await this.#client.query({
          query: sql,
          query_params: { ...parameters },
          format: 'JSONEachRow',
          abort_signal: signal,
          ...(this.#sendsSettings && { clickhouse_settings: QUERY_SETTINGS }),
        });
        if (parse === undefined) return await result.json<Row>();
        const parsed: Row[] = [];
        for await (const rows of result.stream()) {
          for (const row of rows) parsed.push(parse(row.text));
        }
        return parsed;
      });
    } catch (error) {
      throw await this.#failed(error);
    }
  }

  /** Returns the rows of a query of sql/queries. */
  rows<Row>(query: QueryName, parameters: QueryParameters): Promise<readonly Row[]> {
    return this.select<Row>(queryText(query), parameters);
  }

  /**
   * Hands on the answer to a query that names its format, while it comes.
   * @throws HarnessError STORE_UNREACHABLE, STORE_REFUSED; for what `read` throws too
   */
  async stream(
    sql: string,
    parameters: QueryParameters,
    read: (stream: AsyncIterable<Buffer>) => Promise<void>,
  ): Promise<void> {
    try {
      await this.#liveness.watch(async (signal) => {
        const { stream } = await this.#client.exec({
          query: sql,
          query_params: { ...parameters },
          abort_signal: signal,
        });
        await read(stream as AsyncIterable<Buffer>);
      });
    } catch (error) {
      throw await this.#failed(error);
    }
  }

  /** Runs a statement that has no rows to return. */
  async execute(statement: string, parameters: QueryParameters = {}): Promise<void> {
    try {
      await this.#liveness.watch((signal) =>
        this.#client.command({
          query: statement,
          query_params: { ...parameters },
          abort_signal: signal,
        }),
      );
    } catch (error) {
      throw await this.#failed(error);
    }
  }

  /** Makes the connection's database where it does not exist. */
  async createDatabase(): Promise<void> {
    const server = clientOf(this.#address, 'default');
    try {
      await this.#liveness.watch((signal) =>
        server.command({
          query: 'CREATE DATABASE IF NOT EXISTS {database:Identifier}',
          query_params: { database: this.database },
          abort_signal: signal,
        }),
      );
    } catch (error) {
      throw storeError(error, this.url, this.#isLocal);
    } finally {
      await server.close();
    }
  }

  /**
   * Inserts blocks of the Native format as one insert, and resolves when their rows are in the
   * table. A second insert under the same token adds nothing, so that a lost answer can be asked
   * for again. What the signal breaks off may be in the table all the same.
   */
  async insertFrame(
    { table, columns, blocks, token }: InsertFrame,
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      await this.#liveness.watch(async (silence) => {
        const { stream } = await this.#client.exec({
          query: `INSERT INTO ${table} (${columns.map((name) => `\`${name}\``).join(', ')}) FORMAT Native`,
          values: Readable.from(blocks, { objectMode: false }),
          clickhouse_settings: { ...INSERT_SETTINGS, insert_deduplication_token: token },
          abort_signal: signal ? AbortSignal.any([signal, silence]) : silence,
        });
        // The socket is free for the next request only when the answer was read to its end.
        await stream.forEach(() => {});
      });
    } catch (error) {
      throw await this.#failed(error);
    }
  }

  /** Closes the sockets. What is under way fails. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.close();
  }

  /**
   * Returns the error to throw, once a server that was gone has been found again if it can be: the
   * next try may succeed then.
   */
  async #failed(thrown: unknown): Promise<HarnessError> {
    const error = storeError(thrown, this.url, this.#isLocal);
    if (error.code !== 'STORE_UNREACHABLE' || this.#findAgain === undefined || this.#closed) {
      return this.#explain(error);
    }
    this.#finding ??= this.#reconnect(this.#findAgain).finally(() => (this.#finding = undefined));
    await this.#finding;
    return this.#explain(error);
  }

  async #reconnect(findAgain: NonNullable<ConnectOptions['findAgain']>): Promise<void> {
    // What keeps it away is told by the error of the request, and by those that follow.
    const address = await findAgain().catch(() => undefined);
    if (address === undefined || this.#closed) return;
    const before = this.#client;
    this.#address = address;
    this.#client = clientOf(address, address.database);
    await before.close();
  }
}

function clientOf(address: StoreAddress, database: string): ClickHouseClient {
  return createClient({
    url: address.url,
    username: address.username,
    password: address.password,
    database,
    application: 'callgauge',
    ...(address.ca === undefined ? {} : { tls: { ca_cert: address.ca } }),
    request_timeout: REQUEST_TIMEOUT_MS,
    max_open_connections: CONNECTIONS_MAX,
    keep_alive: {
      enabled: true,
      idle_socket_ttl: IDLE_SOCKET_MS,
      // A late timer in a busy process must not hand out a socket that the server has closed.
      eagerly_destroy_stale_sockets: true,
    },
    log: { level: ClickHouseLogLevel.OFF },
  });
}

async function askVersion(
  server: ClickHouseClient,
  clock: Clock,
  { pingTimeoutNs = PING_TIMEOUT_NS, signal }: ConnectOptions,
): Promise<string> {
  const patience = new AbortController();
  const timer = clock.after(pingTimeoutNs, () => patience.abort());
  try {
    const result = await server.query({
      query: 'SELECT version() AS version',
      format: 'JSONEachRow',
      abort_signal: signal ? AbortSignal.any([signal, patience.signal]) : patience.signal,
    });
    const [row] = await result.json<{ readonly version?: unknown }>();
    if (typeof row?.version !== 'string') throw new Error('the answer is not that of ClickHouse');
    return row.version;
  } finally {
    timer.cancel();
  }
}

/** Returns whether anything comes back; on a socket of its own, since all others may be taken. */
async function answers(address: StoreAddress, signal: AbortSignal): Promise<boolean> {
  const server = clientOf(address, 'default');
  try {
    const result = await server.query({
      query: 'SELECT 1',
      format: 'TabSeparated',
      abort_signal: signal,
    });
    await result.text();
    return true;
  } catch (error) {
    // Too many queries, say: it is busy, and there.
    return storeError(error, address.url).code === 'STORE_REFUSED';
  } finally {
    await server.close();
  }
}
