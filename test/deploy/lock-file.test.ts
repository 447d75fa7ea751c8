import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface LockedPackage {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
}

const { packages } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8'),
) as { readonly packages: Readonly<Record<string, LockedPackage>> };
const locked = Object.entries(packages).filter(([key]) => key !== '');

/**
 * The engine for other platforms than this one: the registry that the lock was made with does not
 * have them. `npm run lock` with one that has them brings their hashes; then these go.
 */
const WITHOUT_HASH = ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu'].map(
  (platform) => `node_modules/@chdb/lib-${platform}`,
);

it('knows every package that is installed by its hash', () => {
  const missing = locked.filter(([, { integrity }]) => integrity === undefined);
  expect(missing.map(([key]) => key)).toEqual(WITHOUT_HASH);
  expect(missing.filter(([, { optional }]) => optional !== true)).toEqual([]);
  for (const [key, { integrity }] of locked) {
    if (integrity !== undefined) expect(integrity, key).toMatch(/^sha512-[\w+/]{86}==$/u);
  }
});

it('names no address: each machine has its own registry', () => {
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});
