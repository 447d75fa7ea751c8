import { readdirSync, readFileSync } from 'node:fs';
import { NS_PER_MS } from '../src/core/index.ts';

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

/**
 * Returns how long the threads of a process that are there now have waited for a core since each
 * began, together, in ms: ready to run while others ran. Undefined where the kernel does not count
 * it.
 */
export function queuedMsOf(pid: number): number | undefined {
  try {
    const tasks = `/proc/${pid}/task`;
    let queuedMs = 0;
    for (const task of readdirSync(tasks)) {
      queuedMs += queuedMsOfSchedstat(readFileSync(`${tasks}/${task}/schedstat`, 'utf8'));
    }
    return queuedMs;
  } catch {
    return undefined;
  }
}

/** Returns the same of one thread, out of the text of its schedstat: on a core, waiting, turns. */
export function queuedMsOfSchedstat(schedstat: string): number {
  return Number(schedstat.split(' ')[1]) / NS_PER_MS;
}
