import { Command } from 'commander';

import { addAb } from './commands/ab.ts';
import { addCompare } from './commands/compare.ts';
import { addGraph } from './commands/graph.ts';
import { addOperations } from './commands/operations.ts';
import { addHistory } from './commands/history.ts';
import { addImport } from './commands/import.ts';
import { addIncident } from './commands/incident.ts';
import { addInit } from './commands/init.ts';
import { addLoad } from './commands/load.ts';
import { addProxy } from './commands/proxy.ts';
import { addReadCommands } from './commands/read-commands.ts';
import { addReceive } from './commands/receive.ts';
import { addRun } from './commands/run.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStore } from './commands/store.ts';
import { addTraces } from './commands/traces.ts';
import { addTune } from './commands/tune.ts';
import { addValidate } from './commands/validate.ts';
import { addWhy } from './commands/why.ts';
import { reportFailure } from './failure.ts';
import { listenForLostOutput } from './lost-output.ts';
import { endAsPlugIn } from './nagios-exit.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { usageErrorText } from './usage-error.ts';
import { HARNESS_VERSION } from './version.ts';

/** The narrowest column that a description is wrapped into. */
const HELP_COLUMN_MIN = 24;

/** Carries out the command that the process was started with, and sets its exit code. */
export async function runCommandLine(): Promise<void> {
  const terminal = processTerminal(process);
  listenForLostOutput(terminal);
  if (terminal.isPlugIn) endAsPlugIn(process);
  // What nobody awaited: it is told as everything else, and nothing is waited for any more.
  process.on('uncaughtException', (thrown) => process.exit(reportFailure(thrown, terminal)));
  try {
    await buildProgram(terminal).parseAsync(process.argv);
  } catch (thrown) {
    process.exitCode = reportFailure(thrown, terminal);
  }
}

/**
 * Returns the command line of callgauge. A definition loads nothing of what its command does: the
 * action imports that. Each command ends the process through its exit code.
 */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command('callgauge')
    .description('Measures calls between services: honest load, faults, traces, timeouts.')
    .version(HARNESS_VERSION)
    // Descriptions beside long names of options wrap too.
    .configureHelp({ minWidthToWrap: HELP_COLUMN_MIN })
    .showHelpAfterError('(callgauge --help lists the commands)')
    .configureOutput({
      writeOut: (text) => terminal.out(...text.trimEnd().split('\n')),
      writeErr: (text) => {
        for (const line of text.trimEnd().split('\n')) terminal.progress(line);
      },
      outputError: (text, write) => write(usageErrorText(text)),
    })
    .exitOverride();
  addRun(program, terminal);
  addLoad(program, terminal);
  addInit(program, terminal);
  addAb(program, terminal);
  addValidate(program, terminal);
  addReadCommands(program, terminal);
  addHistory(program, terminal);
  addCompare(program, terminal);
  addTraces(program, terminal);
  addGraph(program, terminal);
  addOperations(program, terminal);
  addTune(program, terminal);
  addSimulate(program, terminal);
  addProxy(program, terminal);
  addReceive(program, terminal);
  addImport(program, terminal);
  addIncident(program, terminal);
  addWhy(program, terminal);
  addStore(program, terminal);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}
