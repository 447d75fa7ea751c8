import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { isInstalled } from './installed-parts.ts';

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts');
const SERVICE = resolve(import.meta.dirname, '../processes/fixtures/service.ts');

/**
 * Runs a command on a terminal of its own, closes that once the command has said a text, and prints
 * the command's exit code.
 */
const ON_TERMINAL = `
import os, pty, sys
said, command = sys.argv[1].encode(), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
seen = b''
while said not in seen:
    try:
        seen += os.read(terminal, 65536)
    except OSError:
        break
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
if said not in seen:
    print(seen.decode(errors='replace'))
`;

let workplace: Workplace;

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => workplace.remove());

/** Returns what the command ended with after its terminal was gone. */
async function closedAfter(said: string, args: readonly string[]): Promise<string> {
  const child = spawn('python3', ['-c', ON_TERMINAL, said, process.execPath, MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  return text.trim();
}

describe.runIf(isInstalled('python3', ['--version']))('a terminal that is closed', () => {
  it('ends a run under way, whose services stop and whose results are kept', async () => {
    const file = workplace.file(
      'long.yaml',
      `name: long
services: { web: { command: [node, ${JSON.stringify(SERVICE)}] } }
targets: { web: { url: "\${services.web.url}" } }
flows: { look: [{ step: home, target: web, http: { path: / } }] }
load: [{ phase: steady, arrivals: { rate: 20/s }, for: 10m }]
`,
    );
    const dir = ['--dir', workplace.storeDir];
    expect(await closedAfter('2/600 s', ['run', file, '--receive-wait', '0', ...dir])).toBe('130');
    expect(workplace.processes()).toEqual([]);
    const { out } = await callgauge(['runs', '--json', ...dir]);
    expect(JSON.parse(out)).toMatchObject([{ scenario: 'long', status: 'partial' }]);
  });

  it.each([
    ['admin API', ['proxy', '--listen', '0', '--proxy', 'a=127.0.0.1:0,127.0.0.1:9']],
    ['receiving at', ['receive', '--listen', '0']],
  ])('ends what said "%s"', async (said, args) => {
    const dir = args[0] === 'receive' ? ['--dir', workplace.storeDir] : [];
    expect(await closedAfter(said, [...args, ...dir])).toBe('0');
    expect(workplace.processes()).toEqual([]);
  });
});
