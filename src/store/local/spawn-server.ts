import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HarnessError, siblingModule } from '../../core/index.ts';
import { findLibchdb, USE_OTHER_SERVER } from './libchdb.ts';
import { EXIT_TRY_AGAIN, formatServerArguments, type ServerArguments } from './server-arguments.ts';
import type { StoreFiles } from './store-files.ts';

/** A server process that this one has started. */
export interface SpawnedServer {
  /** Returns whether it still runs. */
  isStarting(): boolean;
  /** Returns whether it ended for a reason that another start would meet too. */
  failed(): boolean;
  /** Returns why it does not answer: the last lines of its log. */
  startError(): HarnessError;
}

const LOG_BYTES_MAX = 1_000_000;
const LOG_LINES_SHOWN = 5;

/**
 * Starts a server process in a session of its own, so that it outlives this one and Ctrl-C does
 * not reach it. Its output goes to the log.
 * @throws HarnessError STORE_UNSUPPORTED where there is no server for this platform.
 */
export function spawnServer(
  files: StoreFiles,
  options: Omit<ServerArguments, 'library'>,
): SpawnedServer {
  const library = findLibchdb();
  const log = openLog(files.log);
  const logStart = fstatSync(log).size;
  const entry = fileURLToPath(siblingModule(import.meta.url, 'server-main'));
  const child = spawn(process.execPath, [entry, formatServerArguments({ ...options, library })], {
    detached: true,
    // ClickHouse reads a config.xml of its working directory.
    cwd: files.data,
    stdio: ['ignore', log, log],
    env: withoutNodeOptions(process.env),
    windowsHide: true,
  });
  closeSync(log);
  child.unref();
  let ended: string | undefined;
  let tryAgain = false;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => {
    tryAgain = code === EXIT_TRY_AGAIN;
    ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
  });
  return {
    isStarting: () => ended === undefined,
    failed: () => ended !== undefined && !tryAgain,
    startError: () => startError(files, ended ?? 'no answer in time', logStart),
  };
}

function startError(files: StoreFiles, ended: string, logStart: number): HarnessError {
  const said = readLog(files.log, logStart).join(' | ') || 'nothing was logged';
  return new HarnessError(
    'STORE_START_FAILED',
    `the local ClickHouse server did not start (${ended}): ${said}`,
    {
      hint: `See ${files.log}. ${USE_OTHER_SERVER}`,
    },
  );
}

function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(path, `${path}.old`);
  return openSync(path, 'a', 0o600);
}

/** A debugger or a loader that was meant for the command must not get into the server. */
function withoutNodeOptions(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name !== 'NODE_OPTIONS' && name !== 'NODE_V8_COVERAGE'),
  );
}

function readLog(path: string, fromByte: number): readonly string[] {
  const text = readFileSync(path).subarray(fromByte).toString('utf8');
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-LOG_LINES_SHOWN);
}
