import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ERROR_CODES } from '../src/core/index.ts';

const root = resolve(import.meta.dirname, '..');
const sources = filesUnder('src').filter((file) => file.endsWith('.ts'));
const rooms = readRoomTable();

describe('the house', () => {
  it('imports only along the arrows of docs/architecture.md', () => {
    const wrong = sources.flatMap((file) => importsOf(file).flatMap((used) => offence(file, used)));
    expect(wrong).toEqual([]);
  });

  it('has a row in the table for every room, and a room for every row', () => {
    const found = [...new Set(sources.map(roomOf))].sort();
    expect(found).toEqual([...rooms.keys()].sort());
  });

  it('has no file that nothing reaches', () => {
    const isEntry = (file: string): boolean =>
      /(?:cli\/main|-main|-worker|-thread)\.ts$/u.test(file);
    const reached = new Set<string>();
    // Generators of committed files are reached from scripts, not from the front door.
    const queue = [...sources.filter((file) => isEntry(file)), ...filesUnder('scripts')];
    for (let file = queue.pop(); file; file = queue.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      for (const { specifier } of importsOf(file)) {
        const target = specifier.startsWith('.') ? resolveImport(file, specifier) : undefined;
        if (target?.endsWith('.ts')) queue.push(target);
      }
    }
    const unreached = sources.filter((file) => !reached.has(file));
    expect(unreached).toEqual([]);
  });

  it('keeps every file under 400 lines', () => {
    const long = [...sources, ...filesUnder('test')].filter(
      (file) => file.endsWith('.ts') && read(file).split('\n').length > 400,
    );
    expect(long).toEqual([]);
  });

  it('has no drawer for odds and ends', () => {
    const drawers = sources.filter((file) =>
      /(?:utils?|common|helpers?|misc)(?:\.ts|\/)/u.test(file),
    );
    expect(drawers).toEqual([]);
  });
});

const BANNED: readonly { pattern: RegExp; use: string; allowed: RegExp }[] = [
  { pattern: /\bDate\.now\(/u, use: 'a Clock', allowed: /^src\/core\/clock\.ts$/u },
  { pattern: /\bnew Date\(\)/u, use: 'a Clock', allowed: /^src\/core\/clock\.ts$/u },
  { pattern: /\bperformance\.now\(/u, use: 'a Clock', allowed: /^src\/core\/clock\.ts$/u },
  { pattern: /\bhrtime\b/u, use: 'a Clock', allowed: /^src\/core\/clock\.ts$/u },
  {
    pattern: /(?<![.\w])set(?:Timeout|Interval)\(/u,
    use: 'Clock.after',
    allowed: /^src\/core\/clock\.ts$/u,
  },
  { pattern: /\bMath\.random\(/u, use: 'an Rng', allowed: /^src\/core\/rng\.ts$/u },
  { pattern: /\bconsole\./u, use: 'a return value', allowed: /^src\/cli\//u },
  {
    pattern: /\bprocess\.exit(?:Code)?\b/u,
    use: 'cli/exit-codes',
    allowed: /^src\/(?:cli\/|.*-main\.ts$)/u,
  },
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/u, use: 'a finished piece, or none', allowed: /^$/u },
  { pattern: /\bexport default\b/u, use: 'a named export', allowed: /^$/u },
];

describe('banned calls', () => {
  it.each(BANNED.map((ban) => [String(ban.pattern), ban] as const))('%s', (_name, ban) => {
    const found = sources
      .filter((file) => !ban.allowed.test(file))
      .flatMap((file) =>
        stripComments(read(file))
          .split('\n')
          .flatMap((line, i) =>
            ban.pattern.test(line) ? [`${file}:${i + 1} (use ${ban.use})`] : [],
          ),
      );
    expect(found).toEqual([]);
  });
});

describe('documentation against code', () => {
  it('lists every error code, and no other, in docs/reference/errors.md', () => {
    const rows = read('docs/reference/errors.md').matchAll(/^\| `([A-Z_]+)` \|/gmu);
    const listed = [...rows].map((row) => row[1] ?? '');
    expect(listed.sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it('raises every error code somewhere', () => {
    const text = sources
      .filter((file) => file !== 'src/core/errors.ts')
      .map(read)
      .join('\n');
    expect(Object.keys(ERROR_CODES).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  it('names every link target that a page points to', () => {
    const pages = ['README.md', 'CONTRIBUTING.md', ...filesUnder('docs')].filter((f) =>
      f.endsWith('.md'),
    );
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/gu)].flatMap((m) =>
        exists(join(dirname(page), m[1] ?? '')) ? [] : [`${page} -> ${m[1]}`],
      ),
    );
    expect(broken).toEqual([]);
  });
});

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

interface Room {
  /** Allowed rooms, with whether only types may come from there. */
  readonly rooms: ReadonlyMap<string, { readonly typeOnly: boolean }>;
  readonly packages: ReadonlySet<string>;
}

function readRoomTable(): Map<string, Room> {
  const table = new Map<string, Room>();
  for (const line of read('docs/architecture.md').split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const name = /^`([a-z0-9/]+)`$/u.exec(cells[1] ?? '')?.[1];
    if (!name) continue;
    const allowed = new Map<string, { typeOnly: boolean }>();
    const packages = new Set<string>();
    for (const item of (cells[3] ?? '').split(',').map((text) => text.trim())) {
      const vendor = /^`(.+)`$/u.exec(item)?.[1];
      const room = /^([a-z0-9/]+)( \(types\))?$/u.exec(item);
      if (vendor) packages.add(vendor);
      else if (room?.[1]) allowed.set(room[1], { typeOnly: room[2] !== undefined });
    }
    table.set(name, { rooms: allowed, packages });
  }
  return table;
}

function offence(file: string, used: Import): string[] {
  const from = roomOf(file);
  const room = rooms.get(from);
  if (!room) return [`${file}: room ${from} is not in the table`];
  if (used.specifier.startsWith('node:')) return [];
  if (!used.specifier.startsWith('.')) {
    const name = used.specifier
      .split('/')
      .slice(0, used.specifier.startsWith('@') ? 2 : 1)
      .join('/');
    return room.packages.has(name) ? [] : [`${file}: ${from} may not use the package ${name}`];
  }
  const target = resolveImport(file, used.specifier);
  if (!target) return [`${file}: ${used.specifier} leads nowhere`];
  if (!target.startsWith('src/'))
    return target === 'package.json' ? [] : [`${file}: ${target} is outside src`];
  const to = roomOf(target);
  if (to === from) return [];
  const arrow = room.rooms.get(to);
  if (!arrow) return [`${file}: no arrow from ${from} to ${to}`];
  return arrow.typeOnly && !used.typeOnly
    ? [`${file}: ${from} may import only types from ${to}`]
    : [];
}

function roomOf(file: string): string {
  const parts = file.split('/');
  return parts[1] === 'drivers' || parts[1] === 'export'
    ? `${parts[1]}/${parts[2]}`
    : (parts[1] ?? '');
}

function importsOf(file: string): Import[] {
  const text = stripComments(read(file));
  const statements = [
    ...text.matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'/gmu),
    ...text.matchAll(/^import\s+(type\s)?'([^']+)'/gmu),
    ...text.matchAll(/(?<!\.)\bimport\((\s*)'([^']+)'/gmu),
  ];
  const entries = [...text.matchAll(/siblingModule\(import\.meta\.url,\s*'([^']+)'\)/gu)];
  return [
    ...statements.map((m) => ({ specifier: m[2] ?? '', typeOnly: m[1]?.trim() === 'type' })),
    ...entries.map((m) => ({ specifier: `./${m[1]}.ts`, typeOnly: false })),
  ];
}

function resolveImport(file: string, specifier: string): string | undefined {
  const path = relative(root, resolve(root, dirname(file), specifier));
  return exists(path) ? path : undefined;
}

function stripComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//gu, (c) => c.replace(/[^\n]/gu, ''))
    .replace(/(?<![:'"`])\/\/.*$/gmu, '');
}

function exists(path: string): boolean {
  try {
    readdirSync(join(root, path));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR';
  }
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
