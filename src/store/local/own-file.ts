import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { untrusted } from './untrusted.ts';

/** State files have some hundred bytes each. */
const STATE_BYTES_MAX = 64 * 1024;
/** Not on every system; where there is none, nothing is lost but the guard. */
const GUARDS = (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
const NO_FILE_CODES: ReadonlySet<unknown> = new Set(['ELOOP', 'EMLINK', 'ENXIO', 'EISDIR']);

/**
 * Returns the text of a state file; undefined where there is none.
 * @throws HarnessError STORE_UNTRUSTED where it is no plain file (a pipe would never answer), or
 * has more than 64 KiB; Error of the system
 */
export function readOwnFile(path: string): string | undefined {
  const fd = openOwnFile(path, constants.O_RDONLY);
  if (fd === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(STATE_BYTES_MAX + 1);
    let size = 0;
    while (size < bytes.length) {
      const count = readSync(fd, bytes, size, bytes.length - size, size);
      if (count === 0) return bytes.toString('utf8', 0, size);
      size += count;
    }
  } finally {
    closeSync(fd);
  }
  const most = `${STATE_BYTES_MAX / 1024} KiB are wanted at most`;
  throw untrusted(`${path} is none that callgauge wrote: ${most}, it has more`, REMOVE);
}

/**
 * Opens a plain file and nothing else: no link is followed, no pipe is waited for.
 * @param flags of the system's `open`
 * @returns its descriptor; undefined where there is none
 * @throws HarnessError STORE_UNTRUSTED; Error of the system
 */
export function openOwnFile(path: string, flags: number): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, flags | GUARDS, 0o600);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    throw NO_FILE_CODES.has(code) ? noFile(path) : error;
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw noFile(path);
}

const REMOVE = 'Remove it, or name another folder with --dir.';

function noFile(path: string): Error {
  return untrusted(`${path} is no plain file; the store reads no other`, REMOVE);
}
