import { Command } from 'commander';
import { expect, it } from 'vitest';

import { runAb } from '../../src/cli/actions/run-ab.ts';
import { addAb } from '../../src/cli/commands/ab.ts';
import { processTerminal } from '../../src/cli/terminal.ts';

const terminal = processTerminal({ ...process, env: {} });

/** Carries out `ab` of a file that is not there: options are checked first. */
async function ab(...options: readonly string[]): Promise<unknown> {
  const program = new Command();
  addAb(program, terminal);
  const [command] = program.commands;
  command?.parseOptions([...options]);
  return runAb('no-such-file.yaml', command?.opts() as Parameters<typeof runAb>[1], terminal);
}

it('refuses --ready where both versions are there already, and takes it where one is started', async () => {
  const a = ['--a', 'http://127.0.0.1:1', '--ready', '/healthz'];
  await expect(ab(...a, '--b', 'http://127.0.0.1:2')).rejects.toMatchObject({
    code: 'USAGE_INVALID',
    message: '--ready is of a version that ab starts, got --ready /healthz beside --a and --b',
  });
  await expect(ab(...a, '--b-command', 'node b.js')).rejects.toThrow(/no-such-file\.yaml/u);
});
