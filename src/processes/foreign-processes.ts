import { readFileSync, statSync } from 'node:fs';
import { errorText, HarnessError } from '../core/index.ts';

/** A process that callgauge did not start. */
export interface ForeignProcess {
  readonly pid: number;
  /**
   * When it began, as the system counts: tells it from a later one with its id. '' where unknown.
   */
  readonly mark: string;
}

/**
 * Returns the process of an id, which faults may then pause and kill; not callgauge itself, nor any
 * of those that it was started by.
 * @throws PROCESS_UNUSABLE where there is none, it is of another user, or callgauge depends on it.
 */
export function foreignProcess(pid: number): ForeignProcess {
  if (pid === process.pid || ancestors().includes(pid)) {
    throw unusable(`process ${pid} is callgauge itself or what started it`, 'Name another pid.');
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') throw unusable(`no process has the id ${pid}`, 'Name one that runs.');
    const hint = 'Run callgauge as the user of that process.';
    throw unusable(`process ${pid} cannot be signalled: ${errorText(error)}`, hint);
  }
  const owner = ownerOf(pid);
  if (owner !== undefined && owner !== process.getuid?.()) {
    const hint = 'Run callgauge as the user of that process.';
    throw unusable(`process ${pid} is of the user with the id ${owner}, not of ours`, hint);
  }
  const mark = markOf(pid);
  if (mark === GONE) throw unusable(`no process has the id ${pid}`, 'Name one that runs.');
  return { pid, mark };
}

/** Those that are paused at the moment, so that all of them can be let go on. */
export class ForeignProcesses {
  readonly #paused = new Map<number, ForeignProcess>();

  /**
   * Sends the signal, unless the id has gone to another process. Returns whether it was reached.
   */
  signal(target: ForeignProcess, signal: NodeJS.Signals): boolean {
    // What has ended since has no mark, or that of another process.
    if (markOf(target.pid) !== target.mark) {
      this.#paused.delete(target.pid);
      return false;
    }
    this.note(target, signal);
    try {
      return process.kill(target.pid, signal);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ESRCH' || code === 'EPERM') return false;
      throw error;
    }
  }

  /** Remembers what a signal, sent elsewhere, makes of the process. */
  note(target: ForeignProcess, signal: NodeJS.Signals): void {
    if (signal === 'SIGSTOP') this.#paused.set(target.pid, target);
    if (signal === 'SIGCONT') this.#paused.delete(target.pid);
  }

  /** Lets go on all that are paused. */
  resumeAll(): void {
    for (const target of [...this.#paused.values()]) this.signal(target, 'SIGCONT');
  }
}

/** The mark of a process that ended. */
const GONE = 'gone';

/** Returns the user of a process; undefined where the system does not tell. */
function ownerOf(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

/**
 * Field 22 of Linux's stat, the start in ticks since boot; the name before it may hold anything but
 * `)`. One that ended and was not waited for yet, a zombie, is gone.
 */
function markOf(pid: number): string {
  if (process.platform !== 'linux') return '';
  const fields = statOf(pid);
  return fields === undefined || fields[0] === 'Z' ? GONE : (fields[19] ?? '');
}

/**
 * Returns what started callgauge, what started that, and so on; elsewhere than on Linux the first.
 */
function ancestors(): readonly number[] {
  const found: number[] = [];
  for (let pid = process.ppid; pid > 0 && !found.includes(pid);) {
    found.push(pid);
    pid = process.platform === 'linux' ? Number(statOf(pid)?.[1] ?? 0) : 0;
  }
  return found;
}

/** Returns the fields of Linux's stat behind the name; undefined where there is no such process. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

function unusable(message: string, hint: string): HarnessError {
  return new HarnessError('PROCESS_UNUSABLE', message, { hint });
}
