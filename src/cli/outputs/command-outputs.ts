import { appendFileSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { epochNowMs, errorText, HarnessError } from '../../core/index.ts';
import type { CriteriaReport } from '../../report/criteria/criteria-report.ts';
import type { ReportDocument } from '../../report/section.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { nagiosState } from '../nagios-exit.ts';
import type { PrintOptions, ResultOptions } from '../result-options.ts';
import type { Terminal } from '../terminal.ts';
import { makeRoomForResult, writeResult } from '../write-result.ts';
import { stepSummary } from './step-summary.ts';
import { wantedOutputs, type FileFormat, type WantedOutput } from './wanted-outputs.ts';

/** What a command found, for every form in which it may be asked for. */
export interface CommandResult {
  readonly document: ReportDocument;
  readonly json: () => string;
  readonly criteria: () => Promise<CriteriaReport>;
}

/** A command whose result may be written. */
export interface ReportingCommand {
  /** As it was typed, without its options: `run checkout.yaml`. */
  readonly command: string;
  /** Files that it reads. */
  readonly inputs: readonly string[];
  readonly options: ResultOptions;
  readonly terminal: Terminal;
}

/**
 * Carries out a command with the outputs that its options ask for. It is known before it begins
 * that they can be written. Where it ends with an operational error before it has a result, those
 * that a CI system shows say so.
 *
 * @throws USAGE_INVALID, SYSTEM_LIMIT for an output; whatever `use` throws
 */
export async function withOutputs(
  command: ReportingCommand,
  use: (outputs: CommandOutputs) => Promise<ExitCode>,
): Promise<ExitCode> {
  const outputs = new CommandOutputs(command);
  try {
    return await use(outputs);
  } catch (error) {
    await outputs.fail(error);
    throw error;
  }
}

/** The outputs of one command. */
export class CommandOutputs {
  readonly #command: ReportingCommand;
  readonly #wanted: readonly WantedOutput[];

  constructor(command: ReportingCommand) {
    const { options, inputs } = command;
    this.#command = command;
    this.#wanted = wantedOutputs(options.output, { env: process.env, inputs });
    for (const { format, file } of this.#wanted) if (format !== 'github') makeRoomForResult(file);
  }

  /** Prints the result and writes it; returns the code to end with. */
  async report(result: CommandResult, code: ExitCode): Promise<ExitCode> {
    const { options, terminal } = this.#command;
    await printResult(result, { options, terminal, code });
    return this.#write(this.#wanted, { ...result, code });
  }

  /** Writes why there is no result, where that is the world's fault, to where CI looks for one. */
  async fail(error: unknown): Promise<void> {
    if (!(error instanceof HarnessError)) return;
    const wanted = this.#wanted.filter(({ format }) => SHOWS_FAILURES.has(format));
    if (wanted.length === 0) return;
    const { failureCriteria } = await import('../../report/criteria/failure-criteria.ts');
    const criteria = failureCriteria(error, {
      command: this.#command.command,
      endedEpochMs: epochNowMs(),
    });
    const result = { document: criteria.document, json: () => '', criteria: async () => criteria };
    await this.#write(wanted, { ...result, code: EXIT_CODES.NOT_POSSIBLE });
  }

  /** An output that cannot be written keeps none of the others back. */
  async #write(
    wanted: readonly WantedOutput[],
    { code, ...result }: CommandResult & { readonly code: ExitCode },
  ): Promise<ExitCode> {
    const { terminal } = this.#command;
    let isWhole = true;
    for (const { format, file } of wanted) {
      try {
        if (format === 'github') await this.#writeForGithub(result, file);
        else await writeResult(file, await contentOf(format, result));
      } catch (error) {
        if (!(error instanceof HarnessError)) throw error;
        isWhole = false;
        terminal.progress(`callgauge: ${error.message}`);
        terminal.progress(`  ${error.hint}`);
      }
    }
    return isWhole || code !== EXIT_CODES.OK ? code : EXIT_CODES.NOT_POSSIBLE;
  }

  async #writeForGithub({ document, criteria }: CommandResult, file: string): Promise<void> {
    const { githubAnnotations } = await import('../../report/ci/github-annotations.ts');
    const root = resolve(process.env['GITHUB_WORKSPACE'] ?? '');
    const report = inRepository(await criteria(), root);
    for (const line of githubAnnotations(report)) this.#command.terminal.annotate(line);
    const { renderMarkdown } = await import('../../report/markdown/markdown-document.ts');
    try {
      appendFileSync(file, stepSummary(renderMarkdown(document), file));
    } catch (error) {
      const message = `the step summary ${file} cannot be written: ${errorText(error)}`;
      throw new HarnessError('SYSTEM_LIMIT', message, {
        hint: 'Give the step a summary that it may write to, or leave --output github out.',
        cause: error,
      });
    }
  }
}

/** How a result is printed. */
export interface Printing {
  readonly options: PrintOptions & Pick<Partial<ResultOptions>, 'nagios'>;
  readonly terminal: Terminal;
  /** The code that the command ends with. */
  readonly code: ExitCode;
}

/** Prints a result in the one form that the options ask for. */
export async function printResult(
  { document, json, criteria }: CommandResult,
  { options, terminal, code }: Printing,
): Promise<void> {
  if (options.json) return terminal.json(json());
  if (options.nagios) {
    const { renderNagios } = await import('../../report/ci/nagios-text.ts');
    return terminal.program(renderNagios(await criteria(), nagiosState(code)));
  }
  if (options.markdown) {
    const { renderMarkdown } = await import('../../report/markdown/markdown-document.ts');
    return terminal.out(...renderMarkdown(document).trimEnd().split('\n'));
  }
  const { renderDocument } = await import('../../report/terminal/terminal-report.ts');
  return terminal.styled(renderDocument(document, terminal));
}

/** Others hold numbers, which a command that failed has none of. */
const SHOWS_FAILURES: ReadonlySet<WantedOutput['format']> = new Set([
  'junit',
  'html',
  'markdown',
  'text',
  'github',
]);

const PLAIN = { color: false, width: 100 };

async function contentOf(
  format: FileFormat,
  { document, json, criteria }: CommandResult,
): Promise<string> {
  switch (format) {
    case 'json':
      return json();
    case 'text': {
      const { renderDocument } = await import('../../report/terminal/terminal-report.ts');
      return renderDocument(document, PLAIN);
    }
    case 'markdown': {
      const { renderMarkdown } = await import('../../report/markdown/markdown-document.ts');
      return renderMarkdown(document);
    }
    case 'html': {
      const { renderHtml } = await import('../../report/html/html-document.ts');
      return renderHtml(document);
    }
    case 'junit': {
      const { renderJunit } = await import('../../report/ci/junit-xml.ts');
      return renderJunit(await criteria());
    }
    case 'openmetrics': {
      const { renderOpenMetrics } = await import('../../report/ci/openmetrics-text.ts');
      return renderOpenMetrics(await criteria());
    }
  }
}

/** GitHub knows files by their way from the repository's root; others get no place. */
function inRepository(report: CriteriaReport, root: string): CriteriaReport {
  return {
    ...report,
    criteria: report.criteria.map(({ place, ...criterion }) => {
      if (place === undefined) return criterion;
      const file = relative(root, resolve(place.file));
      const isInside = file !== '' && !file.startsWith('..') && !isAbsolute(file);
      return isInside ? { ...criterion, place: { ...place, file } } : criterion;
    }),
  };
}
