import { mkdirSync } from 'node:fs';
import {
  HarnessError,
  nsFromMs,
  msFromNs,
  NS_PER_MS,
  NS_PER_SEC,
  sleep,
  systemClock,
  type Clock,
  type Ns,
} from '../../core/index.ts';
import type { StoreAddress } from '../store-address.ts';
import { ControlClient } from './control-client.ts';
import { lockHolder } from './lock-file.ts';
import { isRunning } from './process-mark.ts';
import { readServerRecord, type ServerRecord } from './server-record.ts';
import { spawnServer, type SpawnedServer } from './spawn-server.ts';
import { storeFiles, type StoreFiles } from './store-files.ts';

export interface LocalStoreOptions {
  /** `.callgauge` of the working directory where left out. */
  readonly dir?: string;
  readonly clock?: Clock;
  /** How long the server may take to answer; a cold disk reads half a gigabyte first. */
  readonly startTimeoutNs?: Ns;
}

export interface KeptServerOptions extends LocalStoreOptions {
  /** It stops after so long without leases and queries. */
  readonly idleNs?: Ns;
  /** The HTTP port for a server that is started by this; a free one where left out. */
  readonly httpPort?: number;
}

/** The local server, in use by this process. */
export interface LocalStore extends StoreAddress {
  /**
   * Lets go of the server. Where nobody else uses it and it is not kept, it stops, and this
   * resolves once its process is gone. A second call does nothing.
   */
  release(): Promise<void>;
}

export type ServerStatus =
  | { readonly running: false; readonly dir: string }
  | {
      readonly running: true;
      readonly dir: string;
      readonly address: StoreAddress;
      readonly pid: number;
      readonly httpPort: number;
      readonly tcpPort: number;
      readonly version: string;
      readonly startedAt: string;
      /** How many commands use it now. */
      readonly leases: number;
      /** Whether it stays without leases. */
      readonly kept: boolean;
      /** After how long without use it stops; 0 for one that is not kept. */
      readonly idleNs: Ns;
    };

export type StopResult =
  | { readonly kind: 'not-running' }
  | { readonly kind: 'stopped' }
  /** It stops when the commands that use it are done. */
  | { readonly kind: 'in-use'; readonly leases: number };

const START_TIMEOUT_NS = 60 * NS_PER_SEC;
const POLL_NS = 10 * NS_PER_MS;
/** The server kills itself after 3 s. */
const GONE_WITHIN_NS = 5 * NS_PER_SEC;
const IDLE_NS = 30 * 60 * NS_PER_SEC;

/**
 * Returns the local server of a folder with a lease on it: the one that runs there, or a new one.
 * Of several commands that start one at the same time all get the same.
 * @throws HarnessError STORE_UNSUPPORTED where chdb has no build for this platform or is not
 * installed, STORE_START_FAILED where the server does not come up.
 */
export async function openLocalStore(options: LocalStoreOptions = {}): Promise<LocalStore> {
  const clock = options.clock ?? systemClock();
  const { record, control } = await reachServer(options, {});
  let released: Promise<void> | undefined;
  return {
    ...addressOf(record),
    release: () => (released ??= releaseLease(record, control, clock)),
  };
}

/**
 * Returns the status of the folder's server, which stays from now on until it is stopped or idle.
 * One that runs already is kept from now on.
 * @throws HarnessError STORE_UNSUPPORTED, STORE_START_FAILED
 */
export async function startKeptServer(options: KeptServerOptions = {}): Promise<ServerStatus> {
  const clock = options.clock ?? systemClock();
  const idleMs = msFromNs(options.idleNs ?? IDLE_NS);
  const { record, control } = await reachServer(
    options,
    options.httpPort === undefined ? { idleMs } : { idleMs, httpPort: options.httpPort },
  );
  await control.ask({ ask: 'keep', idleMs });
  await releaseLease(record, control, clock);
  return serverStatus(options);
}

/** Ends the keeping of the folder's server: it stops now, or with the last command that uses it. */
export async function stopServer(options: LocalStoreOptions = {}): Promise<StopResult> {
  const clock = options.clock ?? systemClock();
  const record = readServerRecord(storeFiles(options.dir).record);
  if (record === undefined) return { kind: 'not-running' };
  const control = new ControlClient(record);
  const answer = await control.ask({ ask: 'stop' });
  control.close();
  if (answer !== undefined && !answer.stopping) return { kind: 'in-use', leases: answer.leases };
  await untilGone(record, clock);
  return { kind: 'stopped' };
}

/** Returns what runs in the folder. */
export async function serverStatus(options: LocalStoreOptions = {}): Promise<ServerStatus> {
  const files = storeFiles(options.dir);
  const record = readServerRecord(files.record);
  if (record === undefined) return { running: false, dir: files.dir };
  const control = new ControlClient(record);
  const answer = await control.ask({ ask: 'status' });
  control.close();
  if (answer === undefined) return { running: false, dir: files.dir };
  return {
    running: true,
    dir: files.dir,
    address: addressOf(record),
    pid: record.pid,
    httpPort: record.httpPort,
    tcpPort: record.tcpPort,
    version: record.version,
    startedAt: record.startedAt,
    leases: answer.leases,
    kept: answer.idleMs !== undefined,
    idleNs: nsFromMs(answer.idleMs ?? 0),
  };
}

/** A server that granted a lease, and the connection that holds it. */
interface Reached {
  readonly record: ServerRecord;
  readonly control: ControlClient;
}

/**
 *   record of a live server ──► ask for a lease ──► granted: done
 *   lock of a live process ───► it starts or stops: wait
 *   neither ──────────────────► start one, which takes the lock or ends
 */
async function reachServer(
  options: LocalStoreOptions,
  wanted: { readonly idleMs?: number; readonly httpPort?: number },
): Promise<Reached> {
  const clock = options.clock ?? systemClock();
  const files = storeFiles(options.dir);
  const timeoutNs = options.startTimeoutNs ?? START_TIMEOUT_NS;
  const untilNs = clock.nowNs() + timeoutNs;
  makeFolder(files);
  let spawned: SpawnedServer | undefined;
  while (clock.nowNs() < untilNs) {
    const record = readServerRecord(files.record);
    const control = record && (await leased(record));
    if (record && control) return { record, control };
    if (spawned?.failed() === true) throw spawned.startError();
    if (spawned?.isStarting() !== true && lockHolder(files.lock) === undefined) {
      spawned = spawnServer(files, { dir: files.dir, ...wanted });
    }
    await sleep(clock, POLL_NS);
  }
  throw spawned?.startError() ?? unresponsive(files, timeoutNs);
}

async function leased(record: ServerRecord): Promise<ControlClient | undefined> {
  const control = new ControlClient(record);
  const answer = await control.ask({ ask: 'lease' });
  if (answer?.granted === true) return control;
  control.close();
  return undefined;
}

async function releaseLease(
  record: ServerRecord,
  control: ControlClient,
  clock: Clock,
): Promise<void> {
  const answer = await control.ask({ ask: 'release' });
  control.close();
  if (answer === undefined || answer.stopping) await untilGone(record, clock);
}

async function untilGone(record: ServerRecord, clock: Clock): Promise<void> {
  const untilNs = clock.nowNs() + GONE_WITHIN_NS;
  while (isRunning(record) && clock.nowNs() < untilNs) await sleep(clock, POLL_NS);
}

function addressOf(record: ServerRecord): StoreAddress {
  return {
    url: `http://127.0.0.1:${record.httpPort}`,
    username: record.user,
    password: record.password,
    database: record.database,
  };
}

function makeFolder(files: StoreFiles): void {
  try {
    mkdirSync(files.data, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new HarnessError('STORE_START_FAILED', `the folder ${files.data} cannot be made`, {
      hint: 'Run where you may write, or use a server of your own with --store.',
      cause: error,
    });
  }
}

function unresponsive(files: StoreFiles, timeoutNs: Ns): HarnessError {
  const pid = lockHolder(files.lock)?.pid;
  return new HarnessError(
    'STORE_START_FAILED',
    `the local ClickHouse server of process ${pid ?? '(gone)'} did not answer within ${timeoutNs / NS_PER_SEC} s`,
    { hint: `See ${files.log}; end that process if it hangs.` },
  );
}
