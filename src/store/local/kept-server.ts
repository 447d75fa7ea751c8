import { rmSync } from 'node:fs';
import { msFromNs, NS_PER_SEC, nsFromMs, systemClock, type Ns } from '../../core/index.ts';
import type { StoreAddress } from '../store-address.ts';
import { ControlClient } from './control-client.ts';
import {
  addressOf,
  endServer,
  reachServer,
  releaseLease,
  untilGone,
  type LocalStoreOptions,
} from './reach-server.ts';
import { checkOwnFolder } from './own-folder.ts';
import { readServerRecord } from './server-record.ts';
import { storeFiles } from './store-files.ts';
import { hasStore, writeOrigin } from './store-origin.ts';
import { trustSpools } from '../spool/spool-folder.ts';

export interface KeptServerOptions extends LocalStoreOptions {
  /** It stops after so long without leases and queries. */
  readonly idleNs?: Ns;
  /** The HTTP port for a server that is started by this; a free one where left out. */
  readonly httpPort?: number;
}

export type ServerStatus =
  | { readonly running: false; readonly dir: string }
  | {
      readonly running: true;
      readonly dir: string;
      readonly address: StoreAddress;
      readonly pid: number;
      readonly httpPort: number;
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

const IDLE_NS = 30 * 60 * NS_PER_SEC;

/**
 * Returns the status of the folder's server, which stays from now on until it is stopped or idle.
 * One that runs already is kept from now on.
 * @throws HarnessError STORE_UNSUPPORTED, STORE_UNTRUSTED, STORE_START_FAILED
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

/** What {@link trustStore} took over. */
export interface TrustedParts {
  /** The store's folder; undefined where there is none. */
  readonly store: string | undefined;
  /** The files of what stores had not taken yet, remote ones too. */
  readonly spools: readonly string[];
}

/**
 * Takes over a store, and what waits for stores, that was copied or unpacked to where it is. The
 * store gets a new password: who made the copy may know the old one.
 * @throws HarnessError STORE_UNTRUSTED where the folder is not one's own
 */
export function trustStore(options: LocalStoreOptions = {}): TrustedParts {
  const files = storeFiles(options.dir);
  checkOwnFolder(files);
  const spools = trustSpools(files);
  if (!hasStore(files)) return { store: undefined, spools };
  if (readServerRecord(files.record) === undefined) {
    rmSync(files.config, { recursive: true, force: true });
  }
  writeOrigin(files);
  return { store: files.data, spools };
}

/**
 * Ends the keeping of the folder's server: it stops now, or with the last command that uses it.
 * @throws HarnessError STORE_UNTRUSTED
 */
export async function stopServer(options: LocalStoreOptions = {}): Promise<StopResult> {
  const clock = options.clock ?? systemClock();
  const files = storeFiles(options.dir);
  checkOwnFolder(files);
  const record = readServerRecord(files.record);
  if (record === undefined) return { kind: 'not-running' };
  const control = new ControlClient(record);
  const answer = await control.ask({ ask: 'stop' });
  control.close();
  if (answer !== undefined && !answer.stopping) return { kind: 'in-use', leases: answer.leases };
  if (control.hangs) await endServer(record, clock);
  else await untilGone(record, clock);
  return { kind: 'stopped' };
}

/**
 * Returns what runs in the folder.
 * @throws HarnessError STORE_UNTRUSTED
 */
export async function serverStatus(options: LocalStoreOptions = {}): Promise<ServerStatus> {
  const files = storeFiles(options.dir);
  checkOwnFolder(files);
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
    version: record.version,
    startedAt: record.startedAt,
    leases: answer.leases,
    kept: answer.idleMs !== undefined,
    idleNs: nsFromMs(answer.idleMs ?? 0),
  };
}
