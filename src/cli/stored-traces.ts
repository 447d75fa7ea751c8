import type { Store } from '../store/index.ts';
import type { storedTraces } from '../store/stored-traces.ts';

/** Returns what reads the traces of a store's runs; few commands do, and load it then. */
export async function tracesIn(
  store: Pick<Store, 'connection' | 'layout'>,
): Promise<ReturnType<typeof storedTraces>> {
  const { storedTraces: traces } = await import('../store/stored-traces.ts');
  return traces(store);
}
