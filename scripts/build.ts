/**
 * `npm run build [FOLDER]`: the published package, under dist/ unless a folder is named.
 *
 *     bundle/  plain JavaScript, an entry for each process and thread, and what they share
 *     types/   declarations, of what users import
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { runSteps } from './run-steps.ts';

/** The entry of each process and each thread. They name each other by `siblingModule`. */
const ENTRIES = [
  'src/cli/main.ts',
  'src/core/alarm-thread.ts',
  'src/ingest/decode-worker.ts',
  'src/processes/guardian-main.ts',
  'src/proxy/proxy-worker.ts',
  'src/sender/sender-thread.ts',
  'src/store/local/server-main.ts',
];

/**
 * What every command, every store or every run loads of others, in hundreds of files: packages, and
 * all those of a scope. The rest stays where npm puts it.
 */
const BUNDLED_PACKAGES = ['commander', 'yaml', 'zod', '@clickhouse', '@opentelemetry'];

const folder = resolve(process.argv[2] ?? 'dist');
rmSync(folder, { recursive: true, force: true });
runSteps([
  {
    title: 'declarations',
    command: ['tsc', '-p', 'tsconfig.build.json', '--outDir', join(folder, 'types')],
  },
]);

console.log('\n── bundle');
const bundle = await rolldown({
  input: Object.fromEntries(ENTRIES.map((path) => [basename(path, '.ts'), path])),
  platform: 'node',
  // Of modules, where a package has both, the bundle holds what is used alone.
  resolve: { mainFields: ['module', 'main'] },
  external: (id) => isPackage(id) && !BUNDLED_PACKAGES.some((name) => isOf(id, name)),
});
const { output } = await bundle.write({
  dir: join(folder, 'bundle'),
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
});
await bundle.close();
cpSync('src/store/sql', join(folder, 'bundle/sql'), { recursive: true });
chmodSync(join(folder, 'bundle/main.js'), 0o755);
const held = output.flatMap((file) =>
  file.type === 'chunk' ? file.moduleIds.flatMap(packageOf) : [],
);
writeFileSync(
  join(folder, 'bundle/LICENSES.txt'),
  [...new Set(held)].sort().map(licenseOf).join('\n'),
);

/** Returns the folder of the package that a module is of; none for a file of ours. */
function packageOf(moduleId: string): readonly string[] {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(moduleId.replaceAll('\\', '/')) ?? [];
}

/** Not a file of ours, nor a path that was resolved. */
function isPackage(id: string): boolean {
  return !id.startsWith('.') && !id.startsWith('/') && !/^[a-z]:\\/iu.test(id);
}

function isOf(id: string, name: string): boolean {
  return id === name || id.startsWith(`${name}/`);
}

/** What is copied into the bundle is copied with its licence. */
function licenseOf(from: string): string {
  const file = readdirSync(from).find((one) => /^licen[cs]e/iu.test(one));
  const { name, version, license } = JSON.parse(
    readFileSync(join(from, 'package.json'), 'utf8'),
  ) as {
    readonly name: string;
    readonly version: string;
    readonly license: string;
  };
  const text =
    file !== undefined && existsSync(join(from, file))
      ? readFileSync(join(from, file), 'utf8')
      : '';
  return `${name} ${version}, ${license}\n\n${text}\n`;
}
