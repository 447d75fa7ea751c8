import { open } from 'node:fs/promises';
import { errorText, HarnessError } from '../core/index.ts';
import { parseScenario } from './parse-scenario.ts';
import { invalidScenario, type Position } from './problem.ts';
import type { Scenario } from './scenario.ts';

/** A scenario is written by people; a file past this is something else. */
const FILE_BYTES_MAX = 1024 * 1024;

/**
 * Returns the scenario in a file, deeply frozen.
 * @throws SCENARIO_UNREADABLE for a file that is missing, a folder, closed to us, or over 1 MiB.
 * @throws SCENARIO_INVALID which lists every problem with its line and column.
 */
export async function readScenario(path: string): Promise<Scenario> {
  return parseScenario(textOf(await readBytes(path), path), path);
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const chunks: Buffer[] = [];
      let bytes = 0;
      // Read by hand, so that a pipe can be a scenario and an endless device cannot.
      while (bytes <= FILE_BYTES_MAX) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024));
        if (bytesRead === 0) return Buffer.concat(chunks);
        chunks.push(buffer.subarray(0, bytesRead));
        bytes += bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  throw new HarnessError(
    'SCENARIO_UNREADABLE',
    `${path} must be 1 MiB at most to be a scenario file, and is larger`,
    { hint: 'Name the YAML file of a scenario.' },
  );
}

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ['there is no such file', 'Check the path; it is relative to the current folder.'],
  ENOTDIR: ['there is no such file', 'Check the path; it is relative to the current folder.'],
  EISDIR: ['it is a folder', 'Name a file in it.'],
  EACCES: ['permission denied', 'Give yourself the right to read it.'],
  EPERM: ['permission denied', 'Give yourself the right to read it.'],
};

function unreadable(path: string, error: unknown): HarnessError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [reason, hint] = REASONS[code] ?? [errorText(error), 'Check the file and its disk.'];
  return new HarnessError('SCENARIO_UNREADABLE', `cannot read ${path}: ${reason}`, {
    hint,
    cause: error,
  });
}

/** Returns the text of the bytes, without a byte order mark, if text is what they are. */
function textOf(bytes: Buffer, path: string): string {
  const invalidAt = firstInvalidByte(bytes);
  const nulAt = bytes.indexOf(0);
  const badAt = Math.min(invalidAt ?? Infinity, nulAt === -1 ? Infinity : nulAt);
  if (badAt === Infinity) return new TextDecoder().decode(bytes);
  const byte = `0x${(bytes[badAt] ?? 0).toString(16).padStart(2, '0')}`;
  const problem = {
    path: [],
    part: 'value',
    message: `the file must be UTF-8 text, got the byte ${byte}`,
    hint: 'Name a YAML file, saved as UTF-8.',
    position: endOf(new TextDecoder().decode(bytes.subarray(0, badAt))),
  } as const;
  throw invalidScenario(path, [problem]);
}

/** Returns where the first byte that is not UTF-8 stands, undefined without one; by bisection. */
function firstInvalidByte(bytes: Buffer): number | undefined {
  const isText = (length: number, more: boolean): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: more });
      return true;
    } catch {
      return false;
    }
  };
  if (isText(bytes.length, false)) return undefined;
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (isText(middle, true)) good = middle;
    else bad = middle;
  }
  // Step back over the beginning of a character whose later byte was the bad one.
  while (good > 0 && !isText(good, false)) good--;
  return good;
}

function endOf(text: string): Position {
  const lines = text.split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
