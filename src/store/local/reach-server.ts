import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  errorText,
  HarnessError,
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

/** A server that granted a lease, and the connection that holds it. */
export interface ReachedServer {
  readonly record: ServerRecord;
  readonly control: ControlClient;
}

const START_TIMEOUT_NS = 60 * NS_PER_SEC;
const POLL_NS = 10 * NS_PER_MS;
/** The server kills itself after 1.5 s. */
const GONE_WITHIN_NS = 5 * NS_PER_SEC;

/**
 * Returns the folder's server with a lease on it, starting one where none runs:
 *
 *   record of a live server ──► ask for a lease ──► granted: done
 *   lock of a live process ───► it starts or stops: wait
 *   neither ──────────────────► start one, which takes the lock or ends
 *
 * @throws HarnessError STORE_UNSUPPORTED, STORE_START_FAILED
 */
export async function reachServer(
  options: LocalStoreOptions,
  wanted: { readonly idleMs?: number; readonly httpPort?: number },
): Promise<ReachedServer> {
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

/** Gives the lease back; where that stops the server, resolves once its process is gone. */
export async function releaseLease(
  record: ServerRecord,
  control: ControlClient,
  clock: Clock,
): Promise<void> {
  const answer = await control.ask({ ask: 'release' });
  control.close();
  if (answer === undefined || answer.stopping) await untilGone(record, clock);
}

/** Resolves when the server's process is gone. */
export async function untilGone(record: ServerRecord, clock: Clock): Promise<void> {
  const untilNs = clock.nowNs() + GONE_WITHIN_NS;
  while (isRunning(record) && clock.nowNs() < untilNs) await sleep(clock, POLL_NS);
}

/** Returns how a client reaches the server. */
export function addressOf(record: ServerRecord): StoreAddress {
  return {
    url: `http://127.0.0.1:${record.httpPort}`,
    username: record.user,
    password: record.password,
    database: record.database,
  };
}

async function leased(record: ServerRecord): Promise<ControlClient | undefined> {
  const control = new ControlClient(record);
  const answer = await control.ask({ ask: 'lease' });
  if (answer?.granted === true) return control;
  control.close();
  return undefined;
}

function makeFolder(files: StoreFiles): void {
  try {
    makeWithParents(files.data);
  } catch (error) {
    throw new HarnessError(
      'STORE_START_FAILED',
      `the folder ${files.data} cannot be made: ${errorText(error)}`,
      {
        hint: 'Run where you may write, or use a server of your own with --store.',
        cause: error,
      },
    );
  }
}

/**
 * Node's own `recursive` never returns where a file system answers ENOENT to the making of a folder
 * whose parent exists, as /proc does.
 */
function makeWithParents(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeWithParents(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another command that starts at the same time may have been first.
    if (!existsSync(folder)) throw error;
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
