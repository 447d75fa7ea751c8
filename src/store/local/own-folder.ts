import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { HarnessError } from '../../core/index.ts';
import type { StoreFiles } from './store-files.ts';

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes sure that the folder of the local server, where there is one, is this user's own: what is
 * in it names the server to ask, and has its password. Nothing in it is followed elsewhere.
 * @param userId who runs this command; undefined where files have no owners
 * @throws HarnessError STORE_UNTRUSTED where it, or something in it, is another user's, can be
 * written by others, or is a symbolic link
 */
export function checkOwnFolder(
  { dir, data, config }: StoreFiles,
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
  for (const path of [...readdirSync(dir).map((name) => join(dir, name)), config]) {
    // Drafts of other commands come and go.
    const entry = statIfThere(path);
    if (entry === undefined) continue;
    if (entry.isSymbolicLink()) {
      throw untrusted(
        `${path} is a symbolic link to ${readlinkSync(path)}; the store follows none`,
        'Remove it, or name another folder with --dir.',
      );
    }
    checkOwner(path, entry, userId);
    if (path === data || path === config) checkMode(path, entry);
  }
}

/** Returns the error of a folder that is not taken for one's own. */
export function untrusted(message: string, hint: string): HarnessError {
  return new HarnessError('STORE_UNTRUSTED', message, { hint });
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
