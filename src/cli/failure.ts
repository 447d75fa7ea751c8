import { CommanderError } from 'commander';

import { HarnessError } from '../core/index.ts';
import { EXIT_CODES, exitCodeOf, type ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Says on the terminal why a command ended early, and returns the code to end with. */
export function reportFailure(thrown: unknown, terminal: Terminal): ExitCode {
  if (thrown instanceof CommanderError) {
    // Commander has printed its message, or the help that was asked for.
    return thrown.exitCode === 0 ? EXIT_CODES.OK : EXIT_CODES.INVALID_CONFIG;
  }
  if (thrown instanceof HarnessError) {
    terminal.progress(`callgauge: ${thrown.message}`);
    for (const line of thrown.hint.split('\n')) terminal.progress(`  ${line}`);
    return exitCodeOf(thrown.code);
  }
  const stack = thrown instanceof Error ? thrown.stack : String(thrown);
  terminal.progress(`callgauge: this is a bug in callgauge, please report it\n${stack}`);
  return EXIT_CODES.BUG;
}
