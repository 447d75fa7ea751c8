import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns whether a program answers to `args`. Where it does not, one line says that the tests that
 * need it are skipped.
 * @throws where every real part is required
 */
export function isInstalled(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0 || isMissing(`${program} is not on the PATH`);
}

/**
 * Returns where a part lies that `test/integration/parts/install.sh` installs, such as
 * `bin/toxiproxy-server`, `python/bin/python`, `npm-2021`. Where it is not installed: undefined,
 * and one line says that the tests that need it are skipped.
 * @throws where every real part is required
 */
export function installedPart(name: string): string | undefined {
  const folder = process.env['CALLGAUGE_PARTS'];
  const path = folder === undefined ? undefined : join(folder, name);
  if (path !== undefined && existsSync(path)) return path;
  isMissing(
    `${name} is not installed (test/integration/parts/install.sh DIR, CALLGAUGE_PARTS=DIR)`,
  );
  return undefined;
}

/** Makes the certificates of tests with TLS. */
export const HAS_OPENSSL = isInstalled('openssl', ['version']);

function isMissing(reason: string): false {
  if (process.env['CALLGAUGE_REQUIRE'] === 'all') throw new Error(reason);
  process.stderr.write(`skipped: ${reason}\n`);
  return false;
}
