import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  errorText,
  HarnessError,
  isRunning,
  isStopped,
  NS_PER_MS,
  NS_PER_SEC,
  sleep,
  systemClock,
  type Clock,
  type Ns,
  type ProcessIdentity,
} from '../../core/index.ts';
import type { StoreAddress } from '../store-address.ts';
import { ControlClient } from './control-client.ts';
import { lockHolder } from './lock-file.ts';
import { checkOwnFolder } from './own-folder.ts';
import { checkServerConfig } from './server-config.ts';
import { readServerRecord, type ServerRecord } from './server-record.ts';
import { spawnServer, type SpawnedServer } from './spawn-server.ts';
import { storeFiles, type StoreFiles } from './store-files.ts';
import { claimStore } from './store-origin.ts';

export interface LocalStoreOptions {
  /** `.callgauge` of the working directory where left out. */
  readonly dir?: string;
  readonly clock?: Clock;
  /** How long the server may take to answer; a cold disk reads half a gigabyte first. */
  readonly startTimeoutNs?: Ns;
  /** Ends the wait for it, for the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** A server that granted a lease, and the connection that holds it. */
export interface ReachedServer {
  readonly record: ServerRecord;
  readonly control: ControlClient;
}

const START_TIMEOUT_NS = 60 * NS_PER_SEC;
const POLL_NS = 10 * NS_PER_MS;
/** A killed server lets go of its files a moment after its process counts as gone. */
const FILES_FREE_WITHIN_NS = 5 * NS_PER_SEC;
const RETRY_NS = 200 * NS_PER_MS;
/** A server that has been stopped for so long during its start is ended, and another started. */
const STOPPED_WITHIN_NS = 8 * NS_PER_SEC;
/** The server kills itself after 1.5 s. */
const GONE_WITHIN_NS = 5 * NS_PER_SEC;

/**
 * Returns the folder's server with a lease on it, starting one where none runs:
 *
 *   record of a live server ──► ask for a lease ──► granted: done
 *                                              └──► no answer: it hangs; end it
 *   lock of a live process ───► it starts or stops: wait
 *   neither ──────────────────► start one, which takes the lock or ends
 *
 * One that is not ready in time is ended too, whoever started it: it would hold the lock for ever.
 * So is one that is stopped (SIGSTOP) for some seconds, and then another is started.
 * @throws HarnessError STORE_UNSUPPORTED, STORE_UNTRUSTED, STORE_START_FAILED
 */
export async function reachServer(
  options: LocalStoreOptions,
  wanted: { readonly idleMs?: number; readonly httpPort?: number },
): Promise<ReachedServer> {
  const clock = options.clock ?? systemClock();
  const files = storeFiles(options.dir);
  const timeoutNs = options.startTimeoutNs ?? START_TIMEOUT_NS;
  const untilNs = clock.nowNs() + timeoutNs;
  checkOwnFolder(files);
  makeFolder(files);
  checkServerConfig(files);
  let spawned: SpawnedServer | undefined;
  let stoppedSinceNs: Ns | undefined;
  let inUseSinceNs: Ns | undefined;
  while (clock.nowNs() < untilNs) {
    if (options.signal?.aborted === true) break;
    const record = readServerRecord(files.record);
    const control = record && (await leased(record, clock, options.signal));
    if (record && control) return { record, control };
    if (spawned?.failed() === true) {
      inUseSinceNs ??= spawned.foundFilesInUse() ? clock.nowNs() : -Infinity;
      if (clock.nowNs() - inUseSinceNs > FILES_FREE_WITHIN_NS) throw spawned.startError();
      spawned = undefined;
      await sleep(clock, RETRY_NS);
    }
    if (spawned?.isStarting() !== true && lockHolder(files.lock) === undefined) {
      spawned = spawnServer(files, { dir: files.dir, ...wanted });
    }
    stoppedSinceNs = isAnyStopped(files, spawned) ? (stoppedSinceNs ?? clock.nowNs()) : undefined;
    if (stoppedSinceNs !== undefined && clock.nowNs() - stoppedSinceNs > STOPPED_WITHIN_NS) {
      await spawned?.end();
      const stopped = lockHolder(files.lock);
      if (stopped) await endServer(stopped, clock);
      spawned = undefined;
    }
    await sleep(clock, POLL_NS);
  }
  const holder = lockHolder(files.lock);
  const isReady = readServerRecord(files.record) !== undefined;
  if (options.signal?.aborted === true) {
    await spawned?.end();
    options.signal.throwIfAborted();
  }
  const error = spawned?.startError() ?? unresponsive(files, timeoutNs);
  await spawned?.end();
  if (holder && !isReady) await endServer(holder, clock);
  throw error;
}

/** Returns whether the server that starts here, or the one that another command started, stands. */
function isAnyStopped(files: StoreFiles, spawned: SpawnedServer | undefined): boolean {
  const pids = [spawned?.pid, lockHolder(files.lock)?.pid];
  return pids.some((pid) => pid !== undefined && isStopped(pid));
}

/** Gives the lease back; where that stops the server, resolves once its process is gone. */
export async function releaseLease(
  record: ServerRecord,
  control: ControlClient,
  clock: Clock,
): Promise<void> {
  const answer = await control.ask({ ask: 'release' });
  control.close();
  if (control.hangs) await endServer(record, clock);
  else if (answer === undefined || answer.stopping) await untilGone(record, clock);
}

/** Resolves when the server's process is gone; one that does not stop by itself is killed. */
export async function untilGone(record: ProcessIdentity, clock: Clock): Promise<void> {
  if (!(await isGoneWithin(record, clock, GONE_WITHIN_NS))) await endServer(record, clock);
}

/**
 * Kills a server that hangs and resolves when it is gone. What it acknowledged is in its files, and
 * a command that still uses it starts it again.
 */
export async function endServer(server: ProcessIdentity, clock: Clock): Promise<void> {
  if (!isRunning(server)) return;
  try {
    process.kill(server.pid, 'SIGKILL');
  } catch {
    // It went by itself meanwhile, or is another user's: then the lock stays its own.
  }
  await isGoneWithin(server, clock, GONE_WITHIN_NS);
}

async function isGoneWithin(server: ProcessIdentity, clock: Clock, withinNs: Ns): Promise<boolean> {
  const untilNs = clock.nowNs() + withinNs;
  while (isRunning(server) && clock.nowNs() < untilNs) await sleep(clock, POLL_NS);
  return !isRunning(server);
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

async function leased(
  record: ServerRecord,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<ControlClient | undefined> {
  const control = new ControlClient(record);
  const stop = (): void => control.close();
  signal?.addEventListener('abort', stop, { once: true });
  const answer = await control.ask({ ask: 'lease' });
  signal?.removeEventListener('abort', stop);
  if (answer?.granted === true) return control;
  control.close();
  if (control.hangs) await endServer(record, clock);
  return undefined;
}

function makeFolder(files: StoreFiles): void {
  try {
    if (!existsSync(files.dir)) {
      makeWithParents(files.dir);
      // A store is no part of the project it lies in.
      writeFileSync(join(files.dir, '.gitignore'), '*\n');
    }
    makeWithParents(files.data);
    claimStore(files);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
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
