import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process among all that ever had its pid. */
export interface ProcessId {
  readonly pid: number;
  /** When it started, in a form of the platform's own. */
  readonly mark: string;
}

/** Returns this process. */
export function thisProcess(): ProcessId {
  return { pid: process.pid, mark: processMark(process.pid) ?? '' };
}

/** Returns whether that very process still runs, and not merely another one under its pid. */
export function isRunning({ pid, mark }: ProcessId): boolean {
  return processMark(pid) === mark;
}

/** Returns when the process with that pid started; undefined where none runs (or only a zombie). */
export function processMark(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? linuxMark(pid) : psMark(pid);
}

/** In /proc/PID/stat, counted from behind the name, which may hold spaces and brackets itself. */
const STATE_FIELD = 0;
const START_TICKS_FIELD = 19;

function linuxMark(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[STATE_FIELD];
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  // Ticks count from the boot: without the boot's id a lock could outlive a restart of the machine.
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')?.slice(0, 8) ?? '';
  return `${boot}:${fields?.[START_TICKS_FIELD] ?? ''}`;
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
