import { readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second wherever Linux runs Node. */
const TICKS_PER_SEC = 100;

/**
 * Returns the processor time, user and system, that a process and all its threads have used, in
 * seconds, to a hundredth; undefined where there is no /proc or no such process.
 */
export function cpuSecOf(pid: number): number | undefined {
  try {
    return cpuSecOfStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Returns the same out of the text of /proc/<pid>/stat. */
export function cpuSecOfStat(stat: string): number {
  // The second field is the program's name in brackets, which may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SEC;
}
