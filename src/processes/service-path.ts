import { delimiter, join, resolve, sep } from 'node:path';

/** The folder of callgauge's own package. */
const PACKAGE_FOLDER = resolve(import.meta.dirname, '../..');

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the PATH of services: without the folders that npm put before the user's own since it
 * started callgauge, `node_modules/.bin` of callgauge's package and of the folder that npx fetched
 * it into. They hold the programs that callgauge is made with, its Node among them. A folder that
 * the user has on the PATH besides stays there, and so does `node_modules/.bin` of the user's own
 * project. Undefined where nothing changes.
 */
export function servicePath(
  { npm_execpath: npm, PATH: path }: Environment,
  packageFolder = PACKAGE_FOLDER,
): string | undefined {
  if (npm === undefined || path === undefined) return undefined;
  const folders = path.split(delimiter);
  const left = ownFolders(packageFolder).reduce((kept, own) => {
    const first = kept.indexOf(own);
    return first === -1 ? kept : kept.toSpliced(first, 1);
  }, folders);
  return left.length === folders.length ? undefined : left.join(delimiter);
}

function ownFolders(packageFolder: string): readonly string[] {
  const own = join(packageFolder, 'node_modules', '.bin');
  const around = resolve(packageFolder, '..');
  const isOfNpx = around.includes(`${sep}_npx${sep}`) && around.endsWith(`${sep}node_modules`);
  return isOfNpx ? [own, join(around, '.bin')] : [own];
}
