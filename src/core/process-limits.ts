import { readFileSync } from 'node:fs';

import { HarnessError } from './errors.ts';

/** What the system allows this process; Infinity where there is no bound, or none is told. */
export interface ProcessLimits {
  /** Descriptors open at once (`ulimit -n`). */
  readonly openFiles: number;
  /** Bytes of memory that it may have mapped, used or not (`ulimit -v`). */
  readonly addressSpaceBytes: number;
}

const GIB = 2 ** 30;

/** What to do where a limit of open files was met. */
export const MORE_OPEN_FILES =
  'Allow more open files in this shell before the command: ulimit -n 1024, or more.';

/** Returns whether a message of the system, or of ClickHouse, tells of that limit. */
export function meetsOpenFileLimit(message: string): boolean {
  return /\bE[MN]FILE\b|too many open files/iu.test(message);
}

/** Returns the soft limits of this process, as Linux tells them. */
export function processLimits(readLimits: () => string = readOwnLimits): ProcessLimits {
  let text = '';
  try {
    text = readLimits();
  } catch {
    // Other platforms have no such file.
  }
  const limitOf = (name: string): number => {
    const soft = new RegExp(`^${name}\\s+(\\d+)`, 'mu').exec(text)?.[1];
    return soft === undefined ? Infinity : Number(soft);
  };
  return {
    openFiles: limitOf('Max open files'),
    addressSpaceBytes: limitOf('Max address space'),
  };
}

/**
 * Checks that `who`, a command say, has what it takes. Beyond these bounds Node and ClickHouse do
 * not fail with an error: they abort, or wait for what never comes.
 * @throws SYSTEM_LIMIT
 */
export function requireLimits(
  who: string,
  least: ProcessLimits,
  { openFiles, addressSpaceBytes }: ProcessLimits = processLimits(),
): void {
  if (openFiles < least.openFiles) {
    throw new HarnessError(
      'SYSTEM_LIMIT',
      `${who} needs ${least.openFiles} open files at least, and the limit here is ${openFiles}`,
      { hint: MORE_OPEN_FILES },
    );
  }
  if (addressSpaceBytes < least.addressSpaceBytes) {
    throw new HarnessError(
      'SYSTEM_LIMIT',
      `${who} needs an address space of ${gib(least.addressSpaceBytes)} at least, ` +
        `and the limit here is ${gib(addressSpaceBytes)}`,
      {
        hint:
          'Lift it in this shell before the command: ulimit -v unlimited. Node reserves far more ' +
          'than it uses; what is used is bounded by a container or a cgroup.',
      },
    );
  }
}

function gib(bytes: number): string {
  return `${Math.floor((bytes / GIB) * 10) / 10} GiB`;
}

function readOwnLimits(): string {
  return readFileSync('/proc/self/limits', 'utf8');
}
