import { errorText, HarnessError, readAtMost } from '../../core/index.ts';
import { renderDocument } from '../../report/terminal/terminal-report.ts';
import type { ReportDocument } from '../../report/section.ts';
import { currentDocument } from '../../report/tune/current-document.ts';
import { tuneDocument } from '../../report/tune/tune-document.ts';
import { renderTuneJson, TUNE_VERSION } from '../../report/tune/tune-json.ts';
import { tuningOf, tuningOfTime } from '../../run/stored/index.ts';
import { commandLineOf } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { wantedTime, type WantedTime } from '../time-options.ts';
import type { TuneOptions } from '../tune-options.ts';
import { wishesOf } from '../tuning-wishes.ts';
import { writeResult } from '../write-result.ts';
import { withSpans } from './with-spans.ts';

/**
 * Prints what callers should run with by stored runs, or by the traces of a time.
 * @throws RUN_NOT_FOUND; USAGE_INVALID for a word that fits several runs, a deadline that is none,
 *   names that no edge has, and an export of no stack, or of several callers; SYSTEM_LIMIT where
 *   the file cannot be written
 */
export async function printTuning(
  runs: readonly string[],
  options: TuneOptions,
  terminal: Terminal,
): Promise<void> {
  const wishes = wishesOf(options);
  const { output } = options;
  const other = options.current === undefined ? 'json' : 'current';
  if (options.export !== undefined && options[other] !== undefined) {
    throw new HarnessError('USAGE_INVALID', `--export and --${other} exclude each other`, {
      hint: 'Leave one of them out.',
    });
  }
  const put = async (text: string, print: () => void): Promise<void> => {
    if (output === undefined) return print();
    await writeResult(output, text);
    terminal.progress(`wrote ${output}`);
  };
  const print = async (document: ReportDocument): Promise<void> => {
    const plain = { color: false, width: terminal.width };
    return put(renderDocument(document, plain), () =>
      terminal.styled(renderDocument(document, terminal)),
    );
  };
  const time = timeOf(runs, options);
  if (options.as !== undefined && options.current === undefined) {
    throw new HarnessError('USAGE_INVALID', '--as is of a file, and there is no --current', {
      hint: 'Add --current FILE, or leave --as out.',
    });
  }
  for (const option of ['export', 'as'] as const) {
    const { [option]: name } = options;
    if (name === undefined) continue;
    const { stackNamed } = await import('../../run/stored/export-stack.ts');
    stackNamed(name, `--${option}`);
  }
  const current = options.current === undefined ? undefined : readCurrent(options.current);
  await withSpans(options, terminal, async (reader) => {
    const words = runs.length === 0 ? ['latest'] : runs;
    const tuning =
      time === undefined
        ? await tuningOf(reader, words, wishes)
        : await tuningOfTime(reader, time, wishes);
    if (options.export !== undefined) {
      const { exportStack } = await import('../../run/stored/export-stack.ts');
      const text = exportStack(tuning, options.export);
      return put(text, () => terminal.out(...text.trimEnd().split('\n')));
    }
    if (options.current !== undefined && current !== undefined) {
      const { compareWithFile } = await import('../../run/stored/export-stack.ts');
      const comparison = compareWithFile(tuning, current, options.as);
      if (options.json) {
        const text = `${JSON.stringify({ version: TUNE_VERSION, ...comparison }, null, 2)}\n`;
        return put(text, () => terminal.json(text));
      }
      const report = { comparison, file: options.current, storedAt: reader.description };
      return print(currentDocument(report));
    }
    if (options.json) {
      const text = renderTuneJson(tuning);
      return put(text, () => terminal.json(text));
    }
    const report = {
      tuning,
      storedAt: reader.description,
      commandLine: commandLineOf(options),
    };
    return print(tuneDocument(report));
  });
}

/** Returns the time whose traces are wanted; undefined where runs are. */
function timeOf(runs: readonly string[], options: TuneOptions): WantedTime | undefined {
  const { since, from, to, spans } = options;
  const hasTime = since !== undefined || from !== undefined || to !== undefined;
  if (hasTime && runs.length > 0) {
    throw new HarnessError('USAGE_INVALID', `runs or a time are wanted, got both, run ${runs[0]}`, {
      hint: 'Leave one of them out.',
    });
  }
  if (!hasTime && spans !== undefined) {
    throw new HarnessError(
      'USAGE_INVALID',
      `a team's own table has no runs: a time is wanted beside --spans ${spans}`,
      { hint: 'Add --since 1h, say.' },
    );
  }
  return hasTime ? wantedTime(options) : undefined;
}

const CURRENT_BYTES_MAX = 16 * 2 ** 20;

function readCurrent(path: string): { readonly path: string; readonly bytes: Uint8Array } {
  try {
    return { path, bytes: readAtMost(path, CURRENT_BYTES_MAX) };
  } catch (error) {
    throw new HarnessError(
      'USAGE_INVALID',
      `--current ${path} cannot be read: ${errorText(error)}`,
      {
        hint: 'Name a file of a stack that is in use, or one that tune --export wrote.',
      },
    );
  }
}
