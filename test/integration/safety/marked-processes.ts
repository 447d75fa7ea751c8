import { readdirSync, readFileSync } from 'node:fs';

/** A process that inherited a mark in its environment. */
export interface MarkedProcess {
  readonly pid: number;
  readonly commandLine: string;
}

/**
 * Returns the live processes in whose environment stands `CALLGAUGE_MARK=mark`, or whose command
 * line names the folder: those that were started with it, and all that they started. Linux only.
 */
export function markedProcesses(mark: string, folder: string): readonly MarkedProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/u.test(name)) return [];
    // Of what has ended, and is not yet reaped, neither can be read.
    const commandLine = contentOf(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim();
    const isMarked =
      commandLine.includes(folder) ||
      contentOf(`/proc/${name}/environ`).includes(`CALLGAUGE_MARK=${mark}\0`);
    return commandLine !== '' && isMarked ? [{ pid: Number(name), commandLine }] : [];
  });
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It is gone, or somebody else's.
    return '';
  }
}
