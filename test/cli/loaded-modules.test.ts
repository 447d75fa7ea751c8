import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';

import { callgauge, Workplace } from './callgauge-process.ts';

const place = new Workplace();
const preload = pathToFileURL(join(import.meta.dirname, 'module-list.ts')).href;

afterAll(() => place.remove());

/** Returns the exit code, and the URLs of all modules that a command loaded. */
async function modulesOf(...args: readonly string[]) {
  const list = join(place.folder, 'modules.txt');
  const env = { MODULE_LIST: list, NODE_OPTIONS: `--import ${preload}` };
  const { code } = await callgauge(args, { env });
  return { code, urls: readFileSync(list, 'utf8').split('\n') };
}

/** Returns the exit code, and the rooms of src/ and the npm packages that a command loaded. */
async function loadedBy(...args: readonly string[]) {
  const { code, urls } = await modulesOf(...args);
  return { code, ...roomsAndPackages(urls) };
}

function roomsAndPackages(urls: readonly string[]) {
  return {
    rooms: distinct(urls, /\/src\/((?:drivers\/|export\/)?[^/]+)\//u),
    packages: distinct(urls, /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//u),
  };
}

function distinct(urls: readonly string[], pattern: RegExp): readonly string[] {
  return [...new Set(urls.flatMap((url) => pattern.exec(url)?.[1] ?? []))].sort();
}

it.each([
  // Of the store it is the one file that names its folder.
  [['--help'], 0],
  [['--version'], 0],
  [['run', '--help'], 0],
  [['store', 'start', '--help'], 0],
  [['raport'], 104],
  [['run'], 104],
  [['validate', 'a.yaml', '--unknown'], 104],
])('%j loads the definitions of the commands and nothing else', async (args, code) => {
  const definitions = { rooms: ['cli', 'core', 'store'], packages: ['commander'] };
  expect(await loadedBy(...args)).toEqual({ code, ...definitions });
});

it('validate loads what checks a scenario, and nothing that sends, listens or stores', async () => {
  const { code, urls } = await modulesOf('validate', 'scenarios/quickstart.yaml');
  expect({ code, ...roomsAndPackages(urls) }).toEqual({
    code: 0,
    rooms: [
      ...['cli', 'core', 'flow', 'pattern', 'resilience', 'run', 'scenario', 'schedule', 'store'],
      ...['toxics', 'trace'],
    ],
    packages: ['commander', 'yaml', 'zod'],
  });
  // Of the scenario it loads what reads one, of the toxics the catalogue, of a stored run nothing.
  const parts = ['src/scenario/index.ts', 'src/toxics/index.ts', 'src/run/stored/', 'node:crypto'];
  expect(parts.filter((part) => urls.some((url) => url.includes(part)))).toEqual([]);
});

// A malformed URL ends the command before it reaches for a server, with all its modules loaded.
const NO_STORE = ['--store', 'nowhere'];

it.each([
  [['runs'], ['cli', 'core', 'native', 'report', 'store']],
  [['traces'], ['cli', 'core', 'native', 'report', 'spans', 'store']],
  [['graph'], ['cli', 'core', 'native', 'report', 'run', 'spans', 'store']],
  [['operations'], ['cli', 'core', 'native', 'report', 'run', 'spans', 'store']],
  [
    ['trace', '673e1c5b9f3a2b10c0ffee0012345678'],
    ['cli', 'core', 'native', 'report', 'run', 'spans', 'store'],
  ],
])('%j loads the store and what prints', async (args, rooms) => {
  const packages = ['@clickhouse/client', 'commander'];
  expect(await loadedBy(...args, ...NO_STORE)).toEqual({ code: 104, rooms, packages });
});

it('load loads what sends, stores and reports, and of what few runs need nothing', async () => {
  const { code, urls } = await modulesOf('load', 'http://127.0.0.1:9/', ...NO_STORE);
  const { rooms, packages } = roomsAndPackages(urls);
  expect({
    code,
    packages: packages.filter((name) => !name.startsWith('@opentelemetry/')),
  }).toEqual({
    code: 104,
    packages: ['@clickhouse/client', 'commander', 'yaml', 'zod'],
  });
  expect(rooms).toContain('sender');
  for (const room of [
    'export/prometheus',
    'replay',
    'openapi',
    'init',
    'incident',
    'why',
    'advise/stacks',
  ]) {
    expect(rooms).not.toContain(room);
  }
  expect(
    urls.filter((url) => /undici|src\/ingest\/files|src\/drivers\/(?:grpc|autocannon)/u.test(url)),
  ).toEqual([]);
});

it('why loads what explains beside what reports, and no parser of scenarios', async () => {
  const { code, rooms, packages } = await loadedBy('why', ...NO_STORE);
  expect({ code, packages }).toEqual({
    code: 104,
    packages: ['@clickhouse/client', 'commander'],
  });
  expect(rooms).toEqual([
    ...['advise', 'analyze', 'capacity', 'cli', 'core', 'gate', 'incident', 'native'],
    ...['report', 'resilience', 'run', 'scenario', 'schedule', 'spans', 'store', 'why'],
  ]);
});

it('report loads what reads, judges and prints, and no parser of scenarios', async () => {
  expect(await loadedBy('report', ...NO_STORE)).toEqual({
    code: 104,
    rooms: [
      ...['advise', 'analyze', 'capacity', 'cli', 'core', 'gate', 'native', 'report', 'resilience'],
      ...['run', 'scenario', 'schedule', 'spans', 'store'],
    ],
    packages: ['@clickhouse/client', 'commander'],
  });
});

it('tune loads what reads, recommends and prints, and no parser of scenarios', async () => {
  expect(await loadedBy('tune', ...NO_STORE)).toEqual({
    code: 104,
    rooms: [
      ...['advise', 'analyze', 'capacity', 'cli', 'core', 'gate', 'native', 'report', 'resilience'],
      ...['run', 'scenario', 'schedule', 'spans', 'store'],
    ],
    packages: ['@clickhouse/client', 'commander'],
  });
});

it('simulate loads engine and policies beside what reports, and nothing that sends', async () => {
  const scenario = 'scenarios/quickstart.yaml';
  const { code, rooms, packages } = await loadedBy('simulate', scenario, ...NO_STORE);
  expect({ code, packages }).toEqual({
    code: 104,
    packages: ['@clickhouse/client', 'commander', 'yaml', 'zod'],
  });
  expect(rooms).toEqual([
    ...['advise', 'analyze', 'capacity', 'cli', 'core', 'engine', 'flow', 'gate', 'native'],
    ...['pattern', 'record', 'report', 'resilience', 'run', 'scenario', 'schedule', 'simulate'],
    ...['spans', 'store', 'toxics', 'trace'],
  ]);
});

it.each([[['history']], [['gate', '--history']]])(
  '%j loads what reads runs and compares them, and nothing that judges one',
  async (args) => {
    expect(await loadedBy(...args, ...NO_STORE)).toEqual({
      code: 104,
      rooms: ['analyze', 'cli', 'compare', 'core', 'native', 'report', 'run', 'store'],
      packages: ['@clickhouse/client', 'commander'],
    });
  },
);

it.each([[['compare', 'aaaa', 'bbbb']], [['baseline', 'latest']]])(
  '%j loads what reads, judges and compares, and no parser of scenarios',
  async (args) => {
    const { code, rooms, packages } = await loadedBy(...args, ...NO_STORE);
    expect({ code, packages }).toEqual({
      code: 104,
      packages: ['@clickhouse/client', 'commander'],
    });
    expect(rooms).toContain('compare');
    for (const room of ['engine', 'sender', 'record', 'proxy', 'flow', 'ingest']) {
      expect(rooms).not.toContain(room);
    }
  },
);

it('init loads what reads and writes, and nothing that sends where nothing is measured', async () => {
  const { code, rooms, packages } = await loadedBy('init', 'no-such-file.yaml');
  expect({ code, packages }).toEqual({ code: 104, packages: ['commander', 'yaml', 'zod'] });
  for (const room of ['engine', 'sender', 'run', 'ingest', 'proxy', 'gate']) {
    expect(rooms).not.toContain(room);
  }
});

it('incident loads what compares and prints, and nothing of runs', async () => {
  const times = ['--baseline', '2026-03-01..2026-03-02', '--window', '2026-03-02..2026-03-03'];
  expect(await loadedBy('incident', ...times, ...NO_STORE)).toEqual({
    code: 104,
    rooms: ['cli', 'core', 'incident', 'native', 'report', 'spans', 'store'],
    packages: ['@clickhouse/client', 'commander'],
  });
});

it('import loads what reads files of spans, and no receiver', async () => {
  const { code, urls } = await modulesOf('import', 'spans.csv', ...NO_STORE);
  expect({ code, ...roomsAndPackages(urls) }).toEqual({
    code: 104,
    rooms: ['cli', 'core', 'ingest', 'native', 'store'],
    packages: ['@clickhouse/client', 'commander', 'csv-parse'],
  });
  expect(urls.filter((url) => url.includes('receiver'))).toEqual([]);
});

it('proxy loads the proxies and what they inject', async () => {
  expect(await loadedBy('proxy', '--seed', 'x')).toEqual({
    code: 104,
    rooms: ['cli', 'core', 'proxy', 'store', 'toxics', 'trace'],
    packages: ['commander'],
  });
});
