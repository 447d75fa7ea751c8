import { HarnessError, type Ns } from '../../core/index.ts';
import { renderDocument } from '../../report/terminal/terminal-report.ts';
import { tuneDocument } from '../../report/tune/tune-document.ts';
import { renderTuneJson } from '../../report/tune/tune-json.ts';
import { tuningOf } from '../../run/stored/index.ts';
import { commandLineOf } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { durationOf } from '../time-options.ts';
import type { TuneOptions } from '../tune-options.ts';
import { withSpans } from './with-spans.ts';

/**
 * Prints what callers should run with by stored runs.
 * @throws RUN_NOT_FOUND; USAGE_INVALID for a word that fits several runs, a deadline that is none,
 *   and names that no edge has
 */
export async function printTuning(
  runs: readonly string[],
  options: TuneOptions,
  terminal: Terminal,
): Promise<void> {
  const deadlineNs = deadlineOf(options);
  const { idempotent, caller, callee } = options;
  await withSpans(options, terminal, async (reader) => {
    const words = runs.length === 0 ? ['latest'] : runs;
    const tuning = await tuningOf(reader, words, {
      idempotent,
      ...(deadlineNs !== undefined && { deadlineNs }),
      ...(caller !== undefined && { caller }),
      ...(callee !== undefined && { callee }),
    });
    if (options.json) return terminal.json(renderTuneJson(tuning));
    const report = {
      tuning,
      storedAt: reader.description,
      commandLine: commandLineOf(options),
    };
    terminal.styled(renderDocument(tuneDocument(report), terminal));
  });
}

function deadlineOf({ deadline }: TuneOptions): Ns | undefined {
  if (deadline === undefined) return undefined;
  const ns = Number(durationOf(deadline, '--deadline'));
  if (ns > 0) return ns;
  throw new HarnessError('USAGE_INVALID', `--deadline must be > 0, got ${deadline}`, {
    hint: 'Write --deadline 2s, say, or leave it out.',
  });
}
