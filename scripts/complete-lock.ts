/**
 * `npm run lock`: brings package-lock.json in line with package.json, whole for every platform. Run
 * it after every change of dependencies.
 *
 * npm leaves out the optional packages of other platforms that the registry at hand lacks, and then
 * refuses the very file that it wrote (`npm ci` says "Missing: ... from lock file"). They are added
 * here, without the hash that only a registry that has them can tell; where it has them now, the
 * hash comes in. Addresses of registries are left out: each machine has its own.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  integrity?: string;
  link?: boolean;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

interface Lock {
  packages: Record<string, LockedPackage>;
}

const PATH = 'package-lock.json';

// npm asks the registry again for what is not there.
const before = readLock();
writeLock(withIntegrity(before));
execFileSync(
  'npm',
  ['install', '--package-lock-only', '--ignore-scripts', '--omit-lockfile-registry-resolved'],
  { stdio: 'inherit' },
);
const lock = readLock();
const added: string[] = [];
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
    added.push(`${name}@${version}`);
  }
}
writeLock(lock);
const told =
  added.length === 0 ? 'every package has its hash' : `without a hash: ${added.join(', ')}`;
console.log(`${PATH}: ${told}`);

function readLock(): Lock {
  return JSON.parse(readFileSync(PATH, 'utf8')) as Lock;
}

function writeLock({ packages, ...rest }: Lock): void {
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(PATH, `${JSON.stringify({ ...rest, packages: sorted }, null, 2)}\n`);
}

function withIntegrity({ packages, ...rest }: Lock): Lock {
  const kept = Object.entries(packages).filter(
    ([key, { integrity, link }]) => key === '' || integrity !== undefined || link === true,
  );
  return { ...rest, packages: Object.fromEntries(kept) };
}

/** The platform that a package is for, by its name: `@oxlint/binding-linux-x64-musl`. */
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
