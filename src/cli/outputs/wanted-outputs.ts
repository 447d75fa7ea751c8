import { resolve } from 'node:path';
import { didYouMean, HarnessError } from '../../core/index.ts';

/** The forms that are written into files. */
export const FILE_FORMATS = ['junit', 'html', 'markdown', 'json', 'openmetrics', 'text'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Written to where GitHub Actions reads: annotations in the log, the report as step summary. */
const GITHUB = 'github';

/** The variable under which GitHub Actions names the file of a step's summary. */
export const STEP_SUMMARY = 'GITHUB_STEP_SUMMARY';

export type WantedOutput =
  | { readonly format: FileFormat; readonly file: string }
  /** The file of the step's summary, which is added to. */
  | { readonly format: typeof GITHUB; readonly file: string };

export interface OutputSurroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Files that the command reads, which no output may take the place of. */
  readonly inputs: readonly string[];
}

/**
 * Returns what `--output` asks for, in its order.
 * @throws USAGE_INVALID
 */
export function wantedOutputs(
  texts: readonly string[],
  { env, inputs }: OutputSurroundings,
): readonly WantedOutput[] {
  const taken = new Map(inputs.map((file) => [resolve(file), 'read by the command']));
  return texts.map((text) => {
    const output = wantedOutput(text, env);
    const place = resolve(output.file);
    const taker = taken.get(place);
    if (taker !== undefined) {
      const message = `--output ${text} names a file that is ${taker}: ${output.file}`;
      throw usageError(message, 'Name another file.');
    }
    taken.set(place, `written by another --output`);
    return output;
  });
}

function wantedOutput(text: string, env: NodeJS.ProcessEnv): WantedOutput {
  const [, word = '', file] = /^([^=]*)(?:=(.*))?$/su.exec(text) ?? [];
  if (word === GITHUB) {
    const summary = env[STEP_SUMMARY];
    if (file !== undefined) {
      throw usageError(`--output github takes no file, got ${text}`, 'Write --output github.');
    }
    if (summary === undefined || summary === '') {
      const message = `--output github needs ${STEP_SUMMARY}, which is not set`;
      throw usageError(message, `GitHub Actions sets it; elsewhere write --output markdown=FILE.`);
    }
    return { format: GITHUB, file: summary };
  }
  const format = FILE_FORMATS.find((name) => name === word);
  if (format === undefined) {
    const known = [...FILE_FORMATS, GITHUB];
    const message = `--output must be one of ${known.join(', ')}, got ${word}${didYouMean(word, known)}`;
    throw usageError(message, 'Write --output junit=reports/callgauge.xml, say.');
  }
  if (file === undefined || file === '') {
    throw usageError(
      `--output ${format} needs a file, got ${text}`,
      `Write --output ${format}=FILE.`,
    );
  }
  return { format, file };
}

function usageError(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
