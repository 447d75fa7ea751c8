import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { Workplace } from './callgauge-process.ts';

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts');
const SCENARIO = resolve(import.meta.dirname, '../../scenarios/quickstart.yaml');
const workplace = new Workplace();

afterAll(() => workplace.remove());

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a script of bash, in which `callgauge` is the command, in a folder of its own. */
function shell(script: string, env: NodeJS.ProcessEnv = {}): Said {
  const callgauge = `callgauge() { "${process.execPath}" "${MAIN}" "$@"; }`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `${callgauge}\n${script}`], {
    cwd: workplace.folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

/** It says what to do, in words of its own, and leaves nothing behind. */
function expectClearEnd({ code, err }: Said, message: RegExp): void {
  expect(err).toMatch(message);
  expect(err).not.toMatch(/^\s+at |\bbug\b|node:internal/mu);
  expect(code).toBe(110);
  expect(workplace.processes()).toEqual([]);
}

describe.runIf(process.platform === 'linux')('limits of the shell', () => {
  it.each([
    `run ${SCENARIO}`,
    'load http://127.0.0.1:9/ -n 1',
    'proxy --listen 0 --proxy pay=127.0.0.1:0,127.0.0.1:9',
    'receive --listen 0',
    'report',
  ])('too few open files for %s are said before anything starts', (command) => {
    expectClearEnd(
      shell(`ulimit -n 60; callgauge ${command}`),
      /^callgauge: .+ needs \d+ open files at least, and the limit here is 60\n {2}.*ulimit -n/mu,
    );
  });

  it('a local store is not started with fewer than it needs', () => {
    expectClearEnd(
      shell('ulimit -n 200; callgauge runs'),
      /^callgauge: the local ClickHouse server needs 256 open files .+ is 200\n/mu,
    );
  });

  it('so few that its own modules cannot be read are no bug of callgauge', () => {
    const few = shell('ulimit -n 24; callgauge proxy --listen 0 --proxy a=127.0.0.1:0,127.0.0.1:9');
    expectClearEnd(few, /^callgauge: .+open files.+\n {2}.*ulimit -n/mu);
  });

  it.each([`run ${SCENARIO}`, 'proxy --listen 0 --proxy pay=127.0.0.1:0,127.0.0.1:9'])(
    'too little address space for %s is said before Node aborts for want of it',
    (command) => {
      expectClearEnd(
        shell(`ulimit -v 3000000; callgauge ${command}`),
        /^callgauge: .+ needs an address space of \d+ GiB .+ is 2\.8 GiB\n {2}.*ulimit -v/mu,
      );
    },
  );
});

describe('a place that is not there', () => {
  it.each(['runs', 'store status', 'proxy --listen 0 --proxy a=127.0.0.1:0,127.0.0.1:9'])(
    'a working folder that was removed ends %s',
    (command) => {
      mkdirSync(join(workplace.folder, 'gone'), { recursive: true });
      expectClearEnd(
        shell(`cd gone && rmdir ../gone && callgauge ${command}`),
        /^callgauge: the working folder is not there any more\n {2}Change to/mu,
      );
    },
  );

  it.runIf(process.platform === 'linux')('a folder that takes no files ends what stores', () => {
    expectClearEnd(
      shell('cd /proc && callgauge runs'),
      /^callgauge: the folder .+ cannot be made: .+\n {2}Run where you may write/mu,
    );
  });

  it('neither a home nor a temporary folder is needed', () => {
    const nowhere = { HOME: '/nonexistent', TMPDIR: '/nonexistent' };
    expect(shell(`callgauge validate ${SCENARIO}`, nowhere)).toMatchObject({ code: 0, err: '' });
    const unset = shell(`unset HOME TMPDIR; callgauge validate ${SCENARIO}`);
    expect(unset).toMatchObject({ code: 0, err: '' });
  });
});

describe('streams that are closed', () => {
  it.each(['<&-', '>&-', '2>&-', '<&- >&- 2>&-'])('%s is no reason to fail', (closed) => {
    expect(shell(`callgauge validate ${SCENARIO} ${closed}`)).toMatchObject({ code: 0, err: '' });
  });

  it('a reader that left wants no more, and hears no complaint', () => {
    const { code, err } = shell('set -o pipefail; callgauge --help | true');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
