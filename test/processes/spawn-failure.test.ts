import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { spawnFailure } from '../../src/processes/spawn-failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'callgauge-spawn-'));
writeFileSync(join(folder, 'file'), '');
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [
    { cwd: join(folder, 'gone'), file: process.execPath },
    'spawn node ENOENT',
    `there is no folder ${join(folder, 'gone')} (services.web.cwd)`,
  ],
  [
    { cwd: join(folder, 'file'), file: process.execPath },
    'spawn node ENOTDIR',
    `its folder is a file: ${join(folder, 'file')} (services.web.cwd)`,
  ],
  [
    { cwd: folder, file: '/opt/none' },
    'spawn /opt/none ENOENT',
    'there is no program at /opt/none (services.web.command)',
  ],
  [
    { cwd: folder, file: 'nodee' },
    'spawn nodee ENOENT',
    'there is no program nodee on the PATH (services.web.command)',
  ],
  [{ cwd: folder, file: '/etc/passwd' }, 'spawn EACCES', 'spawn EACCES'],
])('names what a service lacks to be started: %o', (spec, reason, message) => {
  expect(spawnFailure({ name: 'web', ...spec }, reason).message).toBe(
    `service web cannot be started: ${message}`,
  );
});
