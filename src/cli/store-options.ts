import { relative } from 'node:path';
import { Option, type Command } from 'commander';

import type { OpenStoreOptions } from '../store/index.ts';
// Not by the room's index, which would load the client of ClickHouse with it.
import { DEFAULT_DIR } from '../store/local/store-files.ts';

/** Where a command finds the store. */
export interface StoreOptions {
  readonly store?: string;
  readonly storeCa?: string;
  readonly dir?: string;
}

/** Where a command finds spans: in the store, or in a team's own table. */
export interface SpanOptions extends StoreOptions {
  readonly spans?: string;
}

/** The options of a command that only reads the store. */
export interface ReadOptions extends StoreOptions {
  readonly json?: true;
}

/**
 * Adds `--store` and `--dir` to a command; CALLGAUGE_STORE and CALLGAUGE_DIR are their defaults.
 */
export function withStoreOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--store <url>',
        'ClickHouse server, http://user:password@host:8123/database (default: a local one)',
      ).env('CALLGAUGE_STORE'),
    )
    .addOption(
      new Option(
        '--store-ca <file>',
        'certificates (PEM) that the server behind https:// must be signed by',
      ).env('CALLGAUGE_STORE_CA'),
    )
    .addOption(dirOption());
}

/**
 * Adds `--spans` to those of {@link withStoreOptions}; CALLGAUGE_SPANS is its default. Commands
 * that read spans and nothing else have it.
 */
export function withSpanOptions(command: Command): Command {
  return withStoreOptions(command).addOption(
    new Option(
      '--spans <table>',
      "a team's own table of spans, database.table; only read (default: the store's)",
    ).env('CALLGAUGE_SPANS'),
  );
}

/** Returns the option that names the folder of the local server. */
export function dirOption(): Option {
  const option = new Option('--dir <folder>', "folder of the local server's data");
  return option.env('CALLGAUGE_DIR').default(DEFAULT_DIR);
}

/**
 * Returns how to type a further command of callgauge for the same store, as this one was typed:
 * from source or as the installed command. A password in the store's URL is left out.
 */
export function commandLineOf({
  store,
  storeCa,
  dir,
  spans,
}: SpanOptions): (command: string) => string {
  const program = programAsTyped(process.argv[1] ?? '', process.env);
  const options = [
    ...(store === undefined ? [] : ['--store', withoutPassword(store)]),
    ...(storeCa === undefined ? [] : ['--store-ca', storeCa]),
    ...(dir === undefined || dir === DEFAULT_DIR ? [] : ['--dir', dir]),
    ...(spans === undefined ? [] : ['--spans', spans]),
  ];
  return (command) => [program, command, ...options.map((option) => quoted(option))].join(' ');
}

/** Returns a word as a shell reads it back. */
export function quoted(word: string): string {
  return /^[\w./:@=-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * From source through npm, whose Node may be another than the one in PATH; from source; installed.
 */
function programAsTyped(entry: string, env: NodeJS.ProcessEnv): string {
  if (!entry.endsWith('.ts')) return 'callgauge';
  if (env['npm_lifecycle_event'] !== undefined) return 'npm run -s callgauge --';
  return `node ${relative(process.cwd(), entry)}`;
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.password = '';
  return url.href;
}

/** Returns the options under the names that the store knows. */
export function storeOptions({ store, storeCa, dir }: StoreOptions): OpenStoreOptions {
  return {
    ...(store === undefined ? {} : { url: store }),
    ...(storeCa === undefined ? {} : { ca: storeCa }),
    ...(dir === undefined ? {} : { dir }),
  };
}
