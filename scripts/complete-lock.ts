/**
 * `npm run lock`: adds to package-lock.json the optional packages of other platforms that npm left
 * out. It does so where the registry at hand lacks them, and then refuses the very file that it
 * wrote (`npm ci` says "Missing: ... from lock file"). Run it after every change of dependencies.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const PATH = 'package-lock.json';
const lock = JSON.parse(readFileSync(PATH, 'utf8')) as {
  packages: Record<string, LockedPackage>;
};

let added = 0;
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || !/^\d/u.test(version)) continue;
    lock.packages[key] = {
      version,
      ...platformOf(name),
      ...(parent.dev ? { dev: true } : {}),
      optional: true,
    };
    added++;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
);
writeFileSync(PATH, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${PATH}: ${added} packages of other platforms added`);

/** The platform that a package is for, as its name tells: `@oxlint/binding-linux-x64-musl`. */
function platformOf(name: string): LockedPackage {
  const parts =
    name
      .split('/')
      .at(-1)
      ?.replace(/^(?:binding|lib)-/u, '')
      .split('-') ?? [];
  const [os = '', cpu = '', abi = ''] = parts;
  const libc = abi.startsWith('musl') ? ['musl'] : abi.startsWith('gnu') ? ['glibc'] : undefined;
  return { os: [os], cpu: [cpu], ...(libc && os === 'linux' ? { libc } : {}) };
}
