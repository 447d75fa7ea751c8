import { CommanderError } from 'commander';

import {
  counted,
  errorText,
  type FileProblem,
  HarnessError,
  moreProblemsText,
  pathText,
  printableLines,
  PROBLEMS_LISTED_MAX,
} from '../core/index.ts';
import { EXIT_CODES, exitCodeOf, type ExitCode } from './exit-codes.ts';
import { systemRefusal } from './system-refusal.ts';
import type { Terminal } from './terminal.ts';

/** Says on the terminal why a command ended early, and returns the code to end with. */
export function reportFailure(thrown: unknown, terminal: Terminal): ExitCode {
  const code = tellFailure(thrown, terminal);
  if (terminal.isPlugIn && code !== EXIT_CODES.OK) {
    const [first = ''] = printableLines(errorText(thrown));
    terminal.program(`CALLGAUGE UNKNOWN - ${first.replaceAll('|', '¦')}`);
  }
  return code;
}

function tellFailure(thrown: unknown, terminal: Terminal): ExitCode {
  if (thrown instanceof CommanderError) {
    // Commander has printed its message, or the help that was asked for.
    return thrown.exitCode === 0 ? EXIT_CODES.OK : EXIT_CODES.INVALID_CONFIG;
  }
  const error = thrown instanceof HarnessError ? thrown : systemRefusal(thrown);
  if (error !== undefined) {
    for (const line of linesOf(error)) terminal.progress(line);
    return exitCodeOf(error.code);
  }
  terminal.progress('callgauge: this is a bug in callgauge, please report it');
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  for (const line of stack.split('\n')) terminal.progress(line);
  return EXIT_CODES.BUG;
}

/** The error and its fix; of a file with problems, each with its place and its fix beneath. */
function linesOf({ message, hint, problems }: HarnessError): readonly string[] {
  const [first] = problems;
  if (first === undefined) {
    return [...indented(`callgauge: ${message}`), ...indented(`  ${hint}`)];
  }
  const listed = problems.slice(0, PROBLEMS_LISTED_MAX);
  return [
    `callgauge: ${counted(problems.length, 'problem')} in ${first.file}`,
    ...listed.flatMap(problemLines),
    ...(listed.length < problems.length ? [moreProblemsText(problems.length - listed.length)] : []),
  ];
}

/** Every further line is set in, so that a text of others cannot pass for a line of callgauge. */
function indented(text: string): readonly string[] {
  return text.split('\n').map((line, i) => (i === 0 || /^ {2}/u.test(line) ? line : `  ${line}`));
}

/** `FILE:LINE:COLUMN: PLACE: MESSAGE`, a form that editors and CI make links of. */
function problemLines({ file, position, path, message, hint }: FileProblem): readonly string[] {
  const where = pathText(path);
  // An item of a list is called by its whole path.
  const place = where === '' || message.startsWith(`${where} `) ? '' : `${where}: `;
  return [`${file}:${position.line}:${position.column}: ${place}${message}`, `  ${hint}`];
}
