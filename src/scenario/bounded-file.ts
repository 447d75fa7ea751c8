import { access, constants, open, stat } from 'node:fs/promises';
import { errorText, HarnessError } from '../core/index.ts';

const MIB = 1024 * 1024;

/** What a file is read for. */
export interface BytesWanted {
  readonly bytesMax: number;
  readonly what: string;
  /** Put behind the message, with a space before it. */
  readonly location?: string;
}

/**
 * Returns the bytes of a file. `what` says what it should be, and `location` who names it, for
 * messages.
 * @throws SCENARIO_UNREADABLE for a file that is missing, a folder, closed to us, or too large.
 */
export async function readBytes(
  path: string,
  { bytesMax, what, location = '' }: BytesWanted,
): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const chunks: Buffer[] = [];
      let bytes = 0;
      // Read by hand, so that a pipe can be a scenario and an endless device cannot.
      while (bytes <= bytesMax) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024));
        if (bytesRead === 0) return Buffer.concat(chunks);
        chunks.push(buffer.subarray(0, bytesRead));
        bytes += bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error, location);
  }
  throw new HarnessError(
    'SCENARIO_UNREADABLE',
    `${path} must be ${bytesMax / MIB} MiB at most to be ${what}, and is larger${location}`,
    { hint: `Name the file of ${what}.` },
  );
}

/**
 * Checks that a file can be read, without opening it: a pipe would notice.
 * @throws SCENARIO_UNREADABLE as `readBytes` does
 */
export async function checkReadable(path: string, location: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
    if ((await stat(path)).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
  } catch (error) {
    throw unreadable(path, error, location);
  }
}

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ['there is no such file', 'Check the path; it is relative to the current folder.'],
  ENOTDIR: ['there is no such file', 'Check the path; it is relative to the current folder.'],
  EISDIR: ['it is a folder', 'Name a file in it.'],
  EACCES: ['permission denied', 'Give yourself the right to read it.'],
  EPERM: ['permission denied', 'Give yourself the right to read it.'],
};

function unreadable(path: string, error: unknown, location: string): HarnessError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [reason, own] = REASONS[code] ?? [errorText(error), 'Check the file and its disk.'];
  const isNamed = location !== '' && reason === 'there is no such file';
  const hint = isNamed ? "Check the path; it is relative to the scenario file's folder." : own;
  return new HarnessError('SCENARIO_UNREADABLE', `cannot read ${path}: ${reason}${location}`, {
    hint,
    cause: error,
  });
}
