import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

/** Starts the command in a Node that says it is of another version. */
function startedIn(version: string): { status: number | null; stderr: string } {
  const disguise = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const args = [`--import=data:text/javascript,${encodeURIComponent(disguise)}`];
  return spawnSync(process.execPath, [...args, resolve(ROOT, 'src/cli/main.ts'), '--version'], {
    encoding: 'utf8',
  });
}

it('says which Node is wanted, and which one it met', () => {
  const { status, stderr } = startedIn('22.9.0');
  expect(stderr).toMatch(
    /^callgauge: Node 24\.12\.0 or newer is needed, this is 22\.9\.0 \(.+\)\n/u,
  );
  expect(status).toBe(110);
});

it('wants the version that the package asks npm for, and is content with it', () => {
  const { engines } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  expect(engines.node).toBe('>=24.12.0');
  expect(startedIn('24.12.0')).toMatchObject({ status: 0, stderr: '' });
});
