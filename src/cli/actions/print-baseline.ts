import { printBaseline } from '../../compare/index.ts';
import { baselineOf } from '../../run/stored/stored-digest.ts';
import type { StoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withStore } from './with-store.ts';

/**
 * Prints a stored run as a baseline file.
 * @throws RUN_NOT_FOUND; RUN_UNSUITABLE for a run that others cannot be compared with
 */
export async function printRunAsBaseline(
  word: string,
  options: StoreOptions,
  terminal: Terminal,
): Promise<void> {
  await withStore(options, terminal, async (store) => {
    terminal.json(printBaseline(await baselineOf(store, word)));
  });
}
