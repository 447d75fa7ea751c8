import { statSync } from 'node:fs';
import {
  ancestorPids,
  errorText,
  HarnessError,
  isRunning,
  processMark,
  type ProcessIdentity,
} from '../core/index.ts';

/**
 * Returns the process of an id, which faults may then pause and kill; not callgauge itself, nor any
 * of those that it was started by.
 * @throws PROCESS_UNUSABLE where there is none, it is of another user, or callgauge depends on it.
 */
export function foreignProcess(pid: number): ProcessIdentity {
  if (pid === process.pid || ancestorPids().includes(pid)) {
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
  const mark = processMark(pid);
  if (mark === undefined) throw unusable(`no process has the id ${pid}`, 'Name one that runs.');
  return { pid, mark };
}

/** Signals processes that callgauge did not start, and resumes in the end those that it paused. */
export class ForeignProcesses {
  readonly #paused = new Map<number, ProcessIdentity>();

  /**
   * Sends the signal, unless the id has gone to another process. Returns whether it was reached.
   */
  signal(target: ProcessIdentity, signal: NodeJS.Signals): boolean {
    if (!isRunning(target)) {
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
  note(target: ProcessIdentity, signal: NodeJS.Signals): void {
    if (signal === 'SIGSTOP') this.#paused.set(target.pid, target);
    if (signal === 'SIGCONT') this.#paused.delete(target.pid);
  }

  /** Resumes all that are paused. */
  resumeAll(): void {
    for (const target of [...this.#paused.values()]) this.signal(target, 'SIGCONT');
  }
}

/** Returns the user of a process; undefined where the system does not say. */
function ownerOf(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

function unusable(message: string, hint: string): HarnessError {
  return new HarnessError('PROCESS_UNUSABLE', message, { hint });
}
