import { existsSync, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { StoreFiles } from './store-files.ts';
import { untrusted } from './untrusted.ts';

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes sure that the folder of the local server, where there is one, is this user's own: what is
 * in it names the server to ask, and has its password. Nothing in it is followed elsewhere. Of
 * `store/` its configuration is looked at; the tables are the server's, and claimed as a whole.
 * @param userId who runs this command; undefined where files have no owners
 * @throws HarnessError STORE_UNTRUSTED where it, or something in it, is another user's, can be
 * written by others, or is a symbolic link, a pipe or the like
 */
export function checkOwnFolder(
  { dir, data, config, spool }: StoreFiles,
  userId: number | undefined = process.geteuid?.(),
): void {
  const folder = statIfThere(dir);
  if (folder === undefined) return;
  if (folder.isSymbolicLink()) {
    const target = resolve(dir, '..', readlinkSync(dir));
    throw untrusted(
      `${dir} is a symbolic link to ${target}; a folder is wanted`,
      `Name the folder itself: --dir ${target}`,
    );
  }
  // A file in its place is told when the folder is to be made.
  if (!folder.isDirectory()) return;
  checkOwner(dir, folder, userId);
  checkMode(dir, folder);
  for (const name of [...readdirSync(dir), relative(dir, config)]) {
    const path = join(dir, name);
    const entry = checkedEntry(path, userId);
    if (entry === undefined) continue;
    const isFolder = [data, config, spool].includes(path);
    if (isFolder) checkMode(path, entry);
    const mayBeFolder = isFolder || !name.startsWith('store.');
    const isWanted = entry.isDirectory() ? mayBeFolder : entry.isFile() && !isFolder;
    if (!isWanted) throw isNo(isFolder ? 'folder' : 'plain file', path);
  }
  if (existsSync(spool)) checkInside(spool, userId);
}

/** The spool has a folder for each store, with files in it. */
function checkInside(folder: string, userId: number | undefined): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const entry = checkedEntry(path, userId);
    if (entry?.isDirectory()) {
      checkMode(path, entry);
      checkInside(path, userId);
    } else if (entry?.isFile() === false) {
      throw isNo('plain file', path);
    }
  }
}

/** Returns undefined for one that is gone: drafts of other commands come and go. */
function checkedEntry(path: string, userId: number | undefined): Stats | undefined {
  const entry = statIfThere(path);
  if (entry === undefined) return undefined;
  if (entry.isSymbolicLink()) {
    throw untrusted(
      `${path} is a symbolic link to ${readlinkSync(path)}; the store follows none`,
      'Remove it, or name another folder with --dir.',
    );
  }
  checkOwner(path, entry, userId);
  return entry;
}

function isNo(kind: string, path: string): Error {
  return untrusted(`${path} is no ${kind}`, 'Remove it, or name another folder with --dir.');
}

function checkOwner(path: string, { uid }: Stats, userId: number | undefined): void {
  if (userId === undefined || uid === userId) return;
  throw untrusted(
    `${path} belongs to user id ${uid}, and this command runs as user id ${userId}`,
    `Run it as its owner, make it yours (chown -R ${userId} FOLDER) if you know what is in it, or name another folder with --dir.`,
  );
}

function checkMode(path: string, { mode }: Stats): void {
  if ((mode & WRITABLE_BY_OTHERS) === 0) return;
  throw untrusted(
    `${path} can be written by other users: its mode is ${(mode & 0o777).toString(8)}, 700 is wanted`,
    `chmod 700 ${path}, if nobody else has written there; or name another folder with --dir.`,
  );
}

/** What cannot be looked at is told by who wants to use it. */
function statIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
