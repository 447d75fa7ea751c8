import { isRunning, systemClock } from '../../core/index.ts';
import type { StoreAddress } from '../store-address.ts';
import { addressOf, reachServer, releaseLease, type LocalStoreOptions } from './reach-server.ts';

/** The local server, in use by this process. */
export interface LocalStore extends StoreAddress {
  /** The id of the server's process. */
  readonly pid: number;
  /**
   * Starts the server again where its process is gone. Returns how to reach the one that is there;
   * undefined once it was released.
   * @throws HarnessError STORE_START_FAILED where it does not come up
   */
  revive(): Promise<StoreAddress | undefined>;
  /**
   * Lets go of the server. Where nobody else uses it and it is not kept, it stops, and this
   * resolves once its process is gone. A second call does nothing.
   */
  release(): Promise<void>;
}

/**
 * Returns the local server of a folder with a lease on it: the one that runs there, or a new one.
 * Of several commands that start one at the same time all get the same.
 * @throws HarnessError STORE_UNSUPPORTED where chdb has no build for this platform or is not
 * installed, STORE_UNTRUSTED where its folder is not one's own, STORE_START_FAILED where the server
 * does not come up.
 */
export async function openLocalStore(options: LocalStoreOptions = {}): Promise<LocalStore> {
  const clock = options.clock ?? systemClock();
  let { record, control } = await reachServer(options, {});
  let released: Promise<void> | undefined;
  const letGo = new AbortController();
  return {
    ...addressOf(record),
    pid: record.pid,
    revive: async () => {
      if (released) return undefined;
      if (!isRunning(record)) {
        control.close();
        ({ record, control } = await reachServer({ ...options, signal: letGo.signal }, {}));
      }
      return addressOf(record);
    },
    release: () => {
      letGo.abort();
      return (released ??= releaseLease(record, control, clock));
    },
  };
}
