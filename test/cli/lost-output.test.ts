import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const FULL = '/dev/full';

it.skipIf(!existsSync(FULL))('says that its output has no room, and fails', () => {
  const { status, stderr } = spawnSync(
    'sh',
    [
      '-c',
      `"$1" src/cli/main.ts validate scenarios/quickstart.yaml > ${FULL}`,
      'sh',
      process.execPath,
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(stderr).toMatch(/^callgauge: cannot write the output: ENOSPC.+\n {2}Write it to .+\n$/u);
  expect(status).toBe(110);
});
