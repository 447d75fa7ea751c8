import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ERROR_CODES } from '../src/core/index.ts';

const root = resolve(import.meta.dirname, '..');
const sources = filesUnder('src').filter((file) => file.endsWith('.ts'));
const tests = filesUnder('test').filter((file) => file.endsWith('.ts'));
const rooms = readRoomTable();

describe('the modules', () => {
  it('imports only along the arrows of docs/architecture.md', () => {
    const wrong = sources.flatMap((file) => importsOf(file).flatMap((used) => offence(file, used)));
    expect(wrong).toEqual([]);
  });

  it('has no files that import each other in a circle, types included', () => {
    expect(circles(new Map(sources.map((file) => [file, importedFiles(file)])))).toEqual([]);
  });

  it('has a row in the table for every room, and a room for every row', () => {
    const found = [...new Set(sources.map(roomOf))].sort();
    expect(found).toEqual([...rooms.keys()].sort());
  });

  it('has no file that nothing reaches', () => {
    const isEntry = (file: string): boolean =>
      /(?:cli\/main|-main|-worker|-thread)\.ts$/u.test(file);
    const reached = new Set<string>();
    // Generators of committed files are reached from scripts.
    const queue = [...sources.filter((file) => isEntry(file)), ...filesUnder('scripts')];
    for (let file = queue.pop(); file; file = queue.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      queue.push(...importedFiles(file));
    }
    const unreached = sources.filter((file) => !reached.has(file));
    expect(unreached).toEqual([]);
  });

  it('has benchmarks that import nothing from tests', () => {
    const wrong = filesUnder('bench')
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => importedFiles(file).filter((used) => used.startsWith('test/')));
    expect(wrong).toEqual([]);
  });

  it('keeps every file under 400 lines', () => {
    const long = [...sources, ...tests].filter((file) => read(file).split('\n').length > 400);
    expect(long).toEqual([]);
  });

  it('has no comment line over 100 columns', () => {
    const files = ['bench', 'examples', 'scripts', 'src', 'test'].flatMap(filesUnder);
    const long = files
      .filter((file) => /(?<!\.d)\.ts$/u.test(file) && !file.includes('/node_modules/'))
      .flatMap((file) =>
        read(file)
          .split('\n')
          .flatMap((line, i) =>
            /^\s*(?:\/\/|\/?\*)/u.test(line) && line.length > 100 ? [`${file}:${i + 1}`] : [],
          ),
      );
    expect(long).toEqual([]);
  });

  it('has no module for odds and ends', () => {
    const unnamed = sources.filter((file) =>
      /(?:utils?|common|helpers?|misc)(?:\.ts|\/)/u.test(file),
    );
    expect(unnamed).toEqual([]);
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
  {
    pattern: /\b(?:systemClock|preciseClock|epochNowMs)\(/u,
    use: 'the Clock that it is given',
    allowed:
      /^src\/(?:(?:core|engine|sender|drivers\/(?:http|grpc)|proxy|processes|ingest|store|run)\/|cli\/(?:signals|outputs\/))/u,
  },
  { pattern: /\bMath\.random\(/u, use: 'an Rng', allowed: /^src\/core\/rng\.ts$/u },
  {
    pattern: /\bconsole\.|\bprocess\.std(?:out|err)\b|\bwriteSync\((?:1|2)\b/u,
    use: 'a return value, or cli/terminal, which lets nothing through that a terminal obeys',
    allowed: /^src\/(?:cli\/(?:main|lost-output)|store\/local\/server-main)\.ts$/u,
  },
  {
    pattern: /\bas StyledText\b|\bstyleText\(|\\u001b|\\x1b/u,
    use: 'report/terminal/paint',
    allowed: /^src\/(?:report\/terminal\/paint|cli\/terminal)\.ts$/u,
  },
  {
    pattern: /\bprocess\.exit(?:Code)?\b/u,
    use: 'cli/exit-codes',
    allowed: /^src\/(?:cli\/|.*-main\.ts$)/u,
  },
  {
    pattern: /^(?!import type ).*\bfrom 'node:http'/u,
    use: 'core/node-http.ts, which loads no WebSocket with it',
    allowed: /^$/u,
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
    const pages = ['README.md', 'CONTRIBUTING.md', ...filesUnder('docs')];
    expect(linksOf(pages).filter(({ to }) => !exists(to))).toEqual([]);
  });

  it('lists every decision in docs/adr/README.md, each with a number of its own', () => {
    const rows = read('docs/adr/README.md').matchAll(/^(\d+)\. \[.+\]\((.+)\)$/gmu);
    const listed = [...rows].map((row) => ({ number: Number(row[1]), file: row[2] ?? '' }));
    const numbers = listed.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(listed.map(({ file }) => Number(file.slice(0, 4)))).toEqual(numbers);
    const records = filesUnder('docs/adr').map((file) => basename(file));
    expect(listed.map(({ file }) => file)).toEqual(
      records.filter((file) => /^\d/u.test(file)).sort(),
    );
  });

  it('ships what the pages for users point to', () => {
    const { files } = JSON.parse(read('package.json')) as { files: readonly string[] };
    const ships = (path: string): boolean =>
      files.some((shipped) => path === shipped || path.startsWith(`${shipped}/`));
    const pages = ['docs/howto', 'docs/reference'].flatMap(filesUnder);
    const others = linksOf(pages.filter((page) => page !== 'docs/howto/benchmarks.md'));
    expect(others.filter(({ to }) => !ships(to))).toEqual([]);
  });
});

/** Returns the links of pages to files, as paths from the root. */
function linksOf(files: readonly string[]): { readonly page: string; readonly to: string }[] {
  return files
    .filter((file) => file.endsWith('.md'))
    .flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/gu)].map((m) => ({
        page,
        to: join(dirname(page), m[1] ?? ''),
      })),
    );
}

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

/**
 * Returns the circles of a graph, each as its members in alphabetical order: nodes that reach each
 * other (Tarjan's strongly connected components of two or more).
 */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const path: string[] = [];
  const open = new Set<string>();
  /** Returns the first node on the path that the node reaches, by its order. */
  const walk = (node: string): number => {
    const own = order.size;
    order.set(node, own);
    path.push(node);
    open.add(node);
    let lowest = own;
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) lowest = Math.min(lowest, walk(next));
      else if (open.has(next)) lowest = Math.min(lowest, order.get(next) ?? own);
    }
    if (lowest < own) return lowest;
    const members = path.splice(path.indexOf(node));
    for (const member of members) open.delete(member);
    if (members.length > 1) found.push(members.sort());
    return lowest;
  };
  for (const node of graph.keys()) if (!order.has(node)) walk(node);
  return found;
}

/** Returns the TypeScript files of the project that a file imports, types included. */
function importedFiles(file: string): string[] {
  return importsOf(file).flatMap(({ specifier }) => {
    const target = specifier.startsWith('.') ? resolveImport(file, specifier) : undefined;
    return target?.endsWith('.ts') === true ? [target] : [];
  });
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
