import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { compileCacheFolder } from '../../src/cli/compile-cache.ts';

const BUILT = '/usr/lib/node_modules/callgauge/dist/bundle/main.js';
let home = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'callgauge-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function folder(env: NodeJS.ProcessEnv, homeDir: () => string = () => home): string | undefined {
  return compileCacheFolder(BUILT, env, homeDir);
}

it('is made in the home of the installed command, for its owner only', () => {
  const umask = process.umask(0);
  const made = folder({});
  process.umask(umask);
  expect(made).toBe(join(home, '.cache/callgauge/compile'));
  expect(statSync(made ?? '').mode & 0o777).toBe(0o700);
  expect(statSync(join(home, '.cache')).mode & 0o777).toBe(0o700);
  expect(folder({})).toBe(made);
});

it('is made in the cache that is named, unless that depends on the working folder', () => {
  const caches = join(home, 'caches');
  mkdirSync(caches);
  expect(folder({ XDG_CACHE_HOME: caches })).toBe(join(caches, 'callgauge/compile'));
  expect(folder({ XDG_CACHE_HOME: 'caches' })).toBe(join(home, '.cache/callgauge/compile'));
});

it('is where Node is told', () => {
  expect(folder({ NODE_COMPILE_CACHE: '/n' })).toBe('/n');
});

it('lies beside its own modules where it runs from source', () => {
  const source = compileCacheFolder('/src/callgauge/src/cli/main.ts', {}, () => home);
  expect(source).toBe('/src/callgauge/node_modules/.cache/compile');
});

it('is nowhere without a home, or in one that is not there or takes no folder', () => {
  const none = (): string => {
    throw new Error('ENOENT');
  };
  expect(folder({}, none)).toBeUndefined();
  for (const place of ['', join(home, 'gone'), '/proc', '/dev/null']) {
    expect(folder({}, () => place)).toBeUndefined();
  }
});

it.runIf(process.getuid)('is nowhere where others may write', () => {
  chmodSync(home, 0o777);
  expect(folder({})).toBeUndefined();
  chmodSync(home, 0o755);
  mkdirSync(join(home, '.cache/callgauge/compile'), { recursive: true });
  chmodSync(join(home, '.cache/callgauge/compile'), 0o777);
  expect(folder({})).toBeUndefined();
});
