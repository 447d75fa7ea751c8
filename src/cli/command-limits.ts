import { requireLimits, type ProcessLimits } from '../core/index.ts';

const GIB = 2 ** 30;

/**
 * The least that commands work with, measured: a run with its threads maps 12 GiB, most of it never
 * used, and holds about 50 descriptors beside its connections.
 */
const LEAST = {
  run: { openFiles: 128, addressSpaceBytes: 12 * GIB },
  proxy: { openFiles: 64, addressSpaceBytes: 8 * GIB },
  receive: { openFiles: 64, addressSpaceBytes: 2 * GIB },
  'reading the store': { openFiles: 64, addressSpaceBytes: 2 * GIB },
} as const satisfies Record<string, ProcessLimits>;

/**
 * Checks that the system allows what a command takes, before it starts anything.
 * @throws SYSTEM_LIMIT; the system's error where the working folder is gone
 */
export function checkLimits(command: keyof typeof LEAST): void {
  // Threads ask for it as they begin: where the working folder is gone, this throws first.
  process.cwd();
  requireLimits(command, LEAST[command]);
}
