import { errorText, HarnessError, meetsOpenFileLimit, MORE_OPEN_FILES } from '../core/index.ts';

const MEMORY = 'Give it more memory, and lift limits of this shell: ulimit -v, ulimit -u.';
const ROOM = 'Make room on that disk, or use another.';
const RIGHTS = 'Run where you may read and write, or name another place.';

const HINTS: Readonly<Record<string, string>> = {
  ENOMEM: MEMORY,
  EAGAIN: MEMORY,
  ERR_WORKER_OUT_OF_MEMORY: MEMORY,
  ENOSPC: ROOM,
  EDQUOT: ROOM,
  EIO: ROOM,
  EROFS: RIGHTS,
  EACCES: RIGHTS,
  EPERM: RIGHTS,
};

/**
 * Returns the error of a system that refused something a command needs, wherever it was met; or
 * undefined for what is thrown for another reason.
 */
export function systemRefusal(thrown: unknown): HarnessError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code = '', syscall } = thrown as NodeJS.ErrnoException;
  if (syscall === 'uv_cwd') {
    return new HarnessError('SYSTEM_LIMIT', 'the working folder is not there any more', {
      hint: 'Change to a folder that is there: cd "$HOME", say.',
      cause: thrown,
    });
  }
  const known = meetsOpenFileLimit(thrown.message) ? MORE_OPEN_FILES : HINTS[code];
  return known === undefined
    ? undefined
    : new HarnessError('SYSTEM_LIMIT', `the system refused: ${errorText(thrown)}`, {
        hint: known,
        cause: thrown,
      });
}
