import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../src/store/index.ts';

/** A store of its own for one test file: a real ClickHouse server on an empty folder. */
export interface FreshStore {
  readonly store: Store;
  /** The server's folder, for a second command that is to share it. */
  readonly dir: string;
  /** Closes the store, which stops the server, and removes the folder. */
  close(): Promise<void>;
}

/** Returns a new, empty store, its tables made. Close it in `afterAll`. */
export async function freshStore(): Promise<FreshStore> {
  const folder = freshFolder();
  const store = await openStore({ dir: folder.dir });
  return {
    store,
    dir: folder.dir,
    close: async () => {
      await store.close();
      folder.remove();
    },
  };
}

/** Returns the path of a `.callgauge` in a new temporary folder; nothing is there yet. */
export function freshFolder(): { readonly dir: string; remove(): void } {
  const parent = mkdtempSync(join(tmpdir(), 'callgauge-store-'));
  return {
    dir: join(parent, '.callgauge'),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}
