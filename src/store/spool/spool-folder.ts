import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { epochNowMs, isRunning, thisProcess, type ProcessIdentity } from '../../core/index.ts';
import { DEFAULT_DIR, type StoreFiles } from '../local/store-files.ts';
import type { StoreAddress } from '../store-address.ts';
import { SpoolFile } from './spool-file.ts';

/** Whose a file is; it is a part of its name, so that a rename hands it on. */
interface Owner extends ProcessIdentity {
  readonly host: string;
}

/**
 * What a file is: an insert, spans whose traces are undecided, or an insert that is being written.
 */
export type SpoolKind = 'spool' | 'undecided' | 'part' | 'kept';

/** Of another machine, or another container, nobody can tell whether it still runs. */
const FOREIGN_AFTER_MS = 10 * 60_000;

/** Returns the folder of what a store could not take; of the local server without an address. */
export function spoolFolder(
  dir: string = DEFAULT_DIR,
  remote?: Pick<StoreAddress, 'url' | 'database' | 'username'>,
): string {
  const root = join(resolve(dir), 'spool');
  if (remote === undefined) return join(root, 'local');
  const { url, database, username } = remote;
  const name = createHash('sha256').update(JSON.stringify([url, database, username]));
  return join(root, name.digest('hex').slice(0, 16));
}

let files = 0;

/** Makes a file of this process in the folder. Throws what the file system does. */
export function createSpool(folder: string, kind: SpoolKind = 'spool'): SpoolFile {
  return SpoolFile.create(newSpoolPath(folder, kind));
}

/** Makes the folder, and returns the path of a new file of this process in it. */
export function newSpoolPath(folder: string, kind: SpoolKind): string {
  const root = resolve(folder, '../..');
  const isNew = !existsSync(root);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (isNew) writeFileSync(join(root, '.gitignore'), '*\n');
  return join(folder, nameFor(`${Math.floor(epochNowMs())}-${++files}`, kind));
}

/** Returns the path of a file of this process once it is of another kind. */
export function pathAs(path: string, kind: SpoolKind): string {
  return join(dirname(path), nameFor(basename(path).split('.')[0] ?? '', kind));
}

/** Lets go of a file, for whatever command comes next. */
export function leaveSpool(file: SpoolFile): void {
  const id = basename(file.path).split('.')[0] ?? '';
  file.leaveAs(join(dirname(file.path), `${id}.spool`));
}

/** Returns whether processes that are gone have left something in the folder. */
export function hasLeftovers(folder: string): boolean {
  return abandoned(folder, STORED).length > 0;
}

/**
 * Makes sure that what lies in the folder was written here.
 * @throws HarnessError STORE_UNTRUSTED
 */
export function checkLeftovers(folder: string): void {
  for (const name of abandoned(folder, STORED)) SpoolFile.open(join(folder, name))?.close();
}

/**
 * Takes over the spools of all stores that were brought to where they are.
 * @returns their paths
 */
export function trustSpools({ spool }: Pick<StoreFiles, 'spool'>): readonly string[] {
  return namesIn(spool).flatMap((store) => {
    const folder = join(spool, store);
    return abandoned(folder, STORED)
      .map((name) => join(folder, name))
      .filter((path) => SpoolFile.trust(path));
  });
}

/** Kinds that hold rows for the store. */
const STORED: readonly SpoolKind[] = ['spool', 'undecided'];

/**
 * Returns what processes that are gone have left in the folder, the oldest first. Each file is this
 * process's own from now on: of several that ask at once, one gets it. A file of undecided spans is
 * an insert like others for a command that decides nothing: then all of them are stored.
 * @throws HarnessError STORE_UNTRUSTED where one was not written here; nothing is taken then
 */
export function takeLeftovers(
  folder: string,
  { kinds = STORED, as = 'spool' }: { readonly kinds?: readonly SpoolKind[]; as?: SpoolKind } = {},
): readonly SpoolFile[] {
  checkLeftovers(folder);
  // What was not whole when its process was killed stands in another file.
  for (const path of takeFiles(folder, ['part'], 'part')) rmSync(path, { force: true });
  return takeFiles(folder, kinds, as).flatMap((path) => {
    const file = SpoolFile.open(path);
    // A kill that came before its first insert.
    if (file === undefined) rmSync(path, { force: true });
    return file ?? [];
  });
}

/**
 * Takes over files of some kinds, whatever is in them, and returns their paths, the oldest first.
 */
export function takeFiles(
  folder: string,
  kinds: readonly SpoolKind[],
  as: SpoolKind,
): readonly string[] {
  return abandoned(folder, kinds).flatMap((name) => {
    const path = join(folder, nameFor(name.split('.')[0] ?? '', as));
    try {
      renameSync(join(folder, name), path);
      return path;
    } catch {
      // Another command was quicker, or the folder is read-only: then it stays where it is.
      return [];
    }
  });
}

function abandoned(folder: string, kinds: readonly SpoolKind[]): readonly string[] {
  return namesIn(folder)
    .filter((name) => kinds.some((kind) => name.endsWith(`.${kind}`)))
    .filter((name) => isAbandoned(folder, name))
    .toSorted();
}

function isAbandoned(folder: string, name: string): boolean {
  const owner = ownerOf(name);
  if (owner === undefined) return true;
  if (owner.host === hostname()) return !isRunning(owner);
  const changedMs = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs;
  return changedMs !== undefined && epochNowMs() - changedMs > FOREIGN_AFTER_MS;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function nameFor(id: string, kind: SpoolKind): string {
  const owner: Owner = { host: hostname(), ...thisProcess() };
  return `${id}.${Buffer.from(JSON.stringify(owner)).toString('base64url')}.${kind}`;
}

function ownerOf(name: string): Owner | undefined {
  try {
    const text = Buffer.from(name.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { host, pid, mark } = JSON.parse(text) as Partial<Owner>;
    const isWhole = typeof host === 'string' && typeof pid === 'number' && typeof mark === 'string';
    return isWhole ? { host, pid, mark } : undefined;
  } catch {
    return undefined;
  }
}
