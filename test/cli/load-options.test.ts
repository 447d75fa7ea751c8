import { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { addLoad } from '../../src/cli/commands/load.ts';
import { processTerminal } from '../../src/cli/terminal.ts';

function loadCommand(): Command {
  const program = new Command();
  addLoad(program, processTerminal({ ...process, env: {} }));
  const [load] = program.commands;
  if (load === undefined) throw new Error('load is a command');
  return load;
}

describe('callgauge load', () => {
  it.each([['-m'], ['-X']])('takes the method by %s', (option) => {
    const load = loadCommand();
    load.parseOptions([option, 'PUT']);
    expect(load.opts()).toMatchObject({ method: 'PUT' });
  });

  it('has a help text for 80 columns', () => {
    const load = loadCommand();
    let help = '';
    load.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 80 });
    load.outputHelp();
    expect(help).toContain('Examples:');
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
