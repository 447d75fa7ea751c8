import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process among all that ever had its pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in a form of the platform's own. */
  readonly mark: string;
}

/** Returns this process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, mark: processMark(process.pid) ?? '' };
}

/** Returns whether that very process still runs, and not merely another one under its pid. */
export function isRunning({ pid, mark }: ProcessIdentity): boolean {
  return processMark(pid) === mark;
}

/**
 * Returns whether a process has been stopped (SIGSTOP, or by a debugger) and does nothing; false
 * elsewhere than on Linux, where that is not looked at.
 */
export function isStopped(pid: number): boolean {
  const state = process.platform === 'linux' ? statFields(pid)?.[STATE_FIELD] : undefined;
  return state === 'T' || state === 't';
}

/** Returns the id of a process's group, on Linux; undefined elsewhere, and where none runs. */
export function processGroupOf(pid: number): number | undefined {
  const group = process.platform === 'linux' ? statFields(pid)?.[GROUP_FIELD] : undefined;
  return group === undefined ? undefined : Number(group);
}

/** Returns when the process with that pid started; undefined where none runs (or only a zombie). */
export function processMark(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? linuxMark(pid) : psMark(pid);
}

/**
 * Returns the pids of what started this process, of what started that, and so on; elsewhere than on
 * Linux only the first.
 */
export function ancestorPids(): readonly number[] {
  const found: number[] = [];
  for (let pid = process.ppid; pid > 0 && !found.includes(pid);) {
    found.push(pid);
    pid = process.platform === 'linux' ? Number(statFields(pid)?.[PARENT_FIELD] ?? 0) : 0;
  }
  return found;
}

/** In /proc/PID/stat, counted from behind the name, which may hold spaces and brackets itself. */
const STATE_FIELD = 0;
const PARENT_FIELD = 1;
const GROUP_FIELD = 2;
const START_TICKS_FIELD = 19;

function linuxMark(pid: number): string | undefined {
  const fields = statFields(pid);
  const state = fields?.[STATE_FIELD];
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  // Ticks count from the boot: without the boot's id a lock could outlive a restart of the machine.
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')?.slice(0, 8) ?? '';
  return `${boot}:${fields?.[START_TICKS_FIELD] ?? ''}`;
}

function statFields(pid: number): readonly string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function psMark(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  const [state, ...started] = (stdout ?? '').trim().split(/\s+/u);
  if (status !== 0 || state === undefined || state.startsWith('Z')) return undefined;
  return started.join(' ');
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
