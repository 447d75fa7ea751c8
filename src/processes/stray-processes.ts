import { readdirSync, readFileSync, statSync } from 'node:fs';
import {
  isRunning,
  NS_PER_MS,
  NS_PER_SEC,
  processGroupOf,
  processMark,
  sleep,
  type Clock,
  type Ns,
  type ProcessIdentity,
} from '../core/index.ts';

/** In the environment of the guardian, of its services, and of all that they start. */
export const SERVICES_VARIABLE = 'CALLGAUGE_SERVICES_OF';

const POLL_NS = 20 * NS_PER_MS;
/** What is killed may have started others meanwhile. */
const KILLS_MAX = 50;

/**
 * Returns the processes that services of this mark have started, wherever they went: into a session
 * of their own, say, where no signal to a group reaches them. Of this user alone; on Linux alone,
 * elsewhere none; and none that has taken its environment away.
 */
export function strayProcesses(mark: string): readonly ProcessIdentity[] {
  if (process.platform !== 'linux') return [];
  const user = process.getuid?.();
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || pid === process.pid) return [];
    if (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid !== user) return [];
    // Before its environment is read: should the id go to another process, that is not signalled.
    const startMark = processMark(pid);
    return startMark !== undefined && environmentOf(pid).includes(`${SERVICES_VARIABLE}=${mark}\0`)
      ? [{ pid, mark: startMark }]
      : [];
  });
}

/**
 * Sends TERM to those that are in none of the groups, which hear it elsewhere. Resolves when they
 * are gone, or when the grace is over.
 */
export async function stopStrays(
  mark: string,
  groups: ReadonlySet<number>,
  { graceNs, clock }: { readonly graceNs: Ns; readonly clock: Clock },
): Promise<void> {
  const asked = strayProcesses(mark).filter(({ pid }) => !groups.has(processGroupOf(pid) ?? 0));
  for (const stray of asked) {
    signalStray(stray, 'SIGTERM');
    signalStray(stray, 'SIGCONT');
  }
  const deadlineNs = clock.nowNs() + graceNs;
  while (asked.some(isRunning) && clock.nowNs() < deadlineNs) await sleep(clock, POLL_NS);
}

/** Sends KILL to all of this mark until none is left, for a second at most. */
export async function killStrays(mark: string, clock: Clock): Promise<void> {
  for (let kills = 0; kills < KILLS_MAX; kills++) {
    if (killStraysOnce(mark) === 0) return;
    await sleep(clock, NS_PER_SEC / KILLS_MAX);
  }
}

/** Sends KILL to all of this mark, and returns how many there were. */
export function killStraysOnce(mark: string): number {
  const strays = strayProcesses(mark);
  for (const stray of strays) signalStray(stray, 'SIGKILL');
  return strays.length;
}

function signalStray(stray: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(stray)) return;
  try {
    process.kill(stray.pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    // It is gone, or shows it to nobody.
    return '';
  }
}
