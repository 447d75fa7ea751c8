import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isRunning, type ProcessIdentity } from '../../core/index.ts';
import { readOwnFile } from './own-file.ts';

/**
 * Returns whether the lock is now the process's own. It is not where another process that still
 * runs holds it; a lock whose holder is gone is taken over.
 *
 * The lock appears whole under its name, by a hard link to a file that is complete: nobody can read
 * it half written, and of two that link at once one gets EEXIST.
 */
export function takeLock(path: string, holder: ProcessIdentity): boolean {
  const draft = `${path}.${holder.pid}`;
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    while (!linked(draft, path)) {
      const text = readOwnFile(path);
      if (text === undefined) continue;
      if (runningHolder(text) !== undefined) return false;
      if (!removeStale(path, text, holder)) return false;
    }
    return true;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Returns the process that holds the lock; undefined where none does or its holder is gone. */
export function lockHolder(path: string): ProcessIdentity | undefined {
  const text = readOwnFile(path);
  return text === undefined ? undefined : runningHolder(text);
}

/** Removes the lock where it is the process's own. */
export function releaseLock(path: string, holder: ProcessIdentity): void {
  const current = lockHolder(path);
  if (current?.pid === holder.pid && current.mark === holder.mark) rmSync(path, { force: true });
}

/**
 * Returns whether the stale lock is out of the way. Moving it aside is atomic, so of several that
 * try one succeeds; it may have got hold of the lock of another that was quicker, and then puts it
 * back. (ClickHouse's own lock on its folder is the last guard.)
 */
function removeStale(path: string, staleText: string, holder: ProcessIdentity): boolean {
  const aside = `${path}.stale.${holder.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw error;
  }
  const isStale = readOwnFile(aside) === staleText;
  if (!isStale) linked(aside, path);
  rmSync(aside, { force: true });
  return isStale;
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function runningHolder(text: string): ProcessIdentity | undefined {
  const holder = parseHolder(text);
  return holder && isRunning(holder) ? holder : undefined;
}

/** A lock that no version of callgauge wrote has no holder. */
function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    const value = JSON.parse(text) as Partial<ProcessIdentity> | null;
    if (typeof value?.pid !== 'number' || typeof value.mark !== 'string') return undefined;
    return { pid: value.pid, mark: value.mark };
  } catch {
    return undefined;
  }
}

/** Returns the code of a system error, `ENOENT` say; undefined where it has none. */
function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
