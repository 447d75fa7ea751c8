import { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { buildProgram } from '../../src/cli/program.ts';
import { processTerminal } from '../../src/cli/terminal.ts';

const program = buildProgram(processTerminal({ ...process, env: {} }));

/** Returns the commands below one, each with the words that call it. */
function commandsBelow(parent: Command, words = ''): [string, Command][] {
  return parent.commands.flatMap((command) => {
    const name = `${words} ${command.name()}`.trim();
    return [[name, command], ...commandsBelow(command, name)];
  });
}

describe('the help of a command', () => {
  it.each(commandsBelow(program))('of %s shows an example', (name, command) => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help).toMatch(new RegExp(`Examples?:\\n(.*\\n)*?  callgauge ${name}\\b`, 'u'));
  });
});
