import { HarnessError, type RunRecord } from '../../core/index.ts';
import { renderRuns } from '../../report/terminal/runs-table.ts';
import type { ReadOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withStore } from './with-store.ts';

/**
 * Prints the stored runs, newest first.
 * @throws USAGE_INVALID for a limit that is no whole number > 0
 */
export async function listRuns(
  options: ReadOptions & { readonly limit: string },
  terminal: Terminal,
): Promise<void> {
  const limit = positive(options.limit, '--limit');
  await withStore(options, terminal, async ({ source }) => {
    const runs = await source.runs(limit);
    if (options.json) terminal.json(JSON.stringify(runs.map(listed), null, 2));
    else terminal.styled(renderRuns(runs, terminal));
  });
}

/** The scenario's text may hold what is not for a list; the plan is for programs. */
function listed(run: RunRecord): Omit<RunRecord, 'source' | 'plan'> {
  const { source: _source, plan: _plan, ...rest } = run;
  return rest;
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new HarnessError('USAGE_INVALID', `${option} must be a whole number > 0, got ${text}`, {
    hint: `Write ${option} 20, say.`,
  });
}
