import { openStore, type Store } from '../../store/index.ts';
import { checkLimits } from '../command-limits.ts';
import { storeOptions, type StoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

/** Opens the store that the options name to read it, and lets go of it whatever happened. */
export async function withStore(
  options: StoreOptions,
  terminal: Terminal,
  use: (store: Store) => Promise<void>,
): Promise<void> {
  checkLimits('reading the store');
  const store = await openStore({
    ...storeOptions(options),
    access: 'read',
    onNotice: (text) => terminal.progress(text),
  });
  try {
    await use(store);
  } finally {
    await store.close();
  }
}
