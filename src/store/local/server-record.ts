import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { isRunning, type ProcessIdentity } from '../../core/index.ts';
import { readOwnFile } from './own-file.ts';

/** How to reach a local server: the contents of `.callgauge/store.json`. */
export interface ServerRecord extends ProcessIdentity {
  readonly httpPort: number;
  readonly controlPort: number;
  /** Proves to the control port that the asker can read this file. */
  readonly token: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** ClickHouse's version. */
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

const NUMBERS = ['pid', 'httpPort', 'controlPort'] as const;
const TEXTS = ['mark', 'token', 'user', 'password', 'database', 'version', 'startedAt'] as const;

/** Returns the record of the server that runs; undefined where there is none, or it is gone. */
export function readServerRecord(path: string): ServerRecord | undefined {
  const record = parseRecord(path);
  return record && isRunning(record) ? record : undefined;
}

/** Writes the record whole or not at all, readable for its owner only. */
export function writeServerRecord(path: string, record: ServerRecord): void {
  const draft = `${path}.${record.pid}`;
  writeFileSync(draft, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/**
 * Removes the record where it is the process's own, so that nobody new finds the server. Where its
 * folder was removed and made anew, the record there is of another.
 */
export function removeServerRecord(path: string, { pid, mark }: ProcessIdentity): void {
  const record = parseRecord(path);
  if (record?.pid === pid && record.mark === mark) rmSync(path, { force: true });
}

function parseRecord(path: string): ServerRecord | undefined {
  const text = readOwnFile(path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isServerRecord(value) ? value : undefined;
  } catch {
    // One that a full disk cut off: no server can be reached through it.
    return undefined;
  }
}

function isServerRecord(value: unknown): value is ServerRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return (
    NUMBERS.every((name) => Number.isSafeInteger(fields[name])) &&
    TEXTS.every((name) => typeof fields[name] === 'string')
  );
}
