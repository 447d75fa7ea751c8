import {
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { rename, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorText, HarnessError } from '../core/index.ts';

/**
 * Writes a result into a file, in place of what was there; whoever reads it meanwhile reads the one
 * or the other, whole. A pipe or a device is written to as it is.
 * @throws SYSTEM_LIMIT where that cannot be
 */
export async function writeResult(path: string, text: string): Promise<void> {
  try {
    if (isSpecial(path)) return await writeFile(path, text);
    const place = placeOf(path);
    const part = partOf(place);
    try {
      await writeFile(part, text);
      await rename(part, place);
    } catch (error) {
      await unlink(part).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw notWritable(path, error);
  }
}

/**
 * Makes sure that a file can be written later: makes its folder, and tries whether a file can be
 * made in it. What is there stays.
 * @throws SYSTEM_LIMIT where that cannot be
 */
export function checkPlace(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (isSpecial(path)) return;
    if (existsSync(path) && statSync(path).isDirectory()) throw new Error('it is a folder');
    const part = partOf(placeOf(path));
    writeFileSync(part, '');
    unlinkSync(part);
  } catch (error) {
    throw notWritable(path, error);
  }
}

/**
 * Makes sure that a result can be written into a file later, and takes away the file of an earlier
 * command, which is no result of this one.
 * @throws SYSTEM_LIMIT where that cannot be
 */
export function makeRoomForResult(path: string): void {
  checkPlace(path);
  try {
    // A link stays: what it leads to is written anew.
    const isOld = existsSync(path) && !isSpecial(path) && !lstatSync(path).isSymbolicLink();
    if (isOld) unlinkSync(path);
  } catch (error) {
    throw notWritable(path, error);
  }
}

/** What a link leads to; a path that leads nowhere yet is its own. */
function placeOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function partOf(path: string): string {
  return `${path}.${process.pid}.part`;
}

/** Whether it is there and neither a file nor a folder. */
function isSpecial(path: string): boolean {
  if (!existsSync(path)) return false;
  const stat = statSync(path);
  return !stat.isFile() && !stat.isDirectory();
}

function notWritable(path: string, error: unknown): HarnessError {
  return new HarnessError('SYSTEM_LIMIT', `${path} cannot be written: ${errorText(error)}`, {
    hint: 'Name a file in a folder that you may write to.',
    cause: error,
  });
}
