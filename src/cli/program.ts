import { Command } from 'commander';

import { addLoad } from './commands/load.ts';
import { addProxy } from './commands/proxy.ts';
import { readCommand } from './commands/read-commands.ts';
import { addReceive } from './commands/receive.ts';
import { addRun } from './commands/run.ts';
import { addStore } from './commands/store.ts';
import { addValidate } from './commands/validate.ts';
import type { Terminal } from './terminal.ts';
import { HARNESS_VERSION } from './version.ts';

/** Returns the command line of callgauge. Each command ends the process through its exit code. */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command('callgauge')
    .description('Measures calls between services: honest load, faults, traces, timeouts.')
    .version(HARNESS_VERSION)
    .showHelpAfterError('(callgauge --help lists the commands)')
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.progress(text.trimEnd()),
    })
    .exitOverride();
  addRun(program, terminal);
  addLoad(program, terminal);
  addValidate(program, terminal);
  readCommand(program, terminal);
  addProxy(program, terminal);
  addReceive(program, terminal);
  addStore(program, terminal);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}
