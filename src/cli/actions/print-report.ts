import { renderJson, renderTerminal } from '../../report/index.ts';
import { findRunId } from '../../run/stored/find-run.ts';
import { reportOf } from '../../run/stored/index.ts';
import { commandLineOf, type ReadOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withStore } from './with-store.ts';

/**
 * Prints the report of a stored run.
 * @throws RUN_NOT_FOUND; USAGE_INVALID for a beginning of an id that fits several
 */
export async function printReport(
  runId: string,
  options: ReadOptions,
  terminal: Terminal,
): Promise<void> {
  await withStore(options, terminal, async (store) => {
    const report = await reportOf(
      store,
      await findRunId(store.source, runId),
      commandLineOf(options),
    );
    if (options.json) terminal.json(renderJson(report));
    else terminal.styled(renderTerminal(report, terminal));
  });
}
