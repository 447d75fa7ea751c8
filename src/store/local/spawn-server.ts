import { spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, readFileSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  HarnessError,
  meetsOpenFileLimit,
  MORE_OPEN_FILES,
  requireLimits,
  siblingModule,
} from '../../core/index.ts';
import { openOwnFile } from './own-file.ts';
import { findLibchdb, USE_OTHER_SERVER } from './libchdb.ts';
import { EXIT_TRY_AGAIN, formatServerArguments, type ServerArguments } from './server-arguments.ts';
import type { StoreFiles } from './store-files.ts';

/** A server process that this one has started. */
export interface SpawnedServer {
  readonly pid: number | undefined;
  /** Returns whether it still runs. */
  isStarting(): boolean;
  /** Returns whether it ended for a reason that another start would meet too. */
  failed(): boolean;
  /** Returns whether it ended because another process had the files of the store. */
  foundFilesInUse(): boolean;
  /** Kills it; resolves when it is gone. */
  end(): Promise<void>;
  /** Returns why it does not answer: the last lines of its log. */
  startError(): HarnessError;
}

/** Measured: it maps 4 GiB and, with its tables, opens 150 files; both grow with what it stores. */
const LEAST = { openFiles: 256, addressSpaceBytes: 6 * 2 ** 30 };
const LOG_BYTES_MAX = 1_000_000;
const LOG_LINES_SHOWN = 5;
const FILES_IN_USE = /Another server instance in same directory/u;

/**
 * Starts a server process in a session of its own, so that it outlives this one and Ctrl-C does
 * not reach it. Its output goes to the log.
 * @throws HarnessError STORE_UNSUPPORTED where there is no server for this platform; SYSTEM_LIMIT.
 */
export function spawnServer(
  files: StoreFiles,
  options: Omit<ServerArguments, 'library'>,
): SpawnedServer {
  requireLimits('the local ClickHouse server', LEAST);
  const library = findLibchdb();
  const log = openLog(files.log);
  const logStart = fstatSync(log).size;
  const entry = fileURLToPath(siblingModule(import.meta.url, 'server-main'));
  const child = spawn(process.execPath, [entry, formatServerArguments({ ...options, library })], {
    detached: true,
    // ClickHouse reads a config.xml of its working directory.
    cwd: files.data,
    stdio: ['ignore', log, log],
    env: serverEnvironment(process.env),
    windowsHide: true,
  });
  closeSync(log);
  child.unref();
  let ended: string | undefined;
  let tryAgain = false;
  child.on('error', (error) => (ended = error.message));
  const exited = Promise.withResolvers<void>();
  child.on('error', () => exited.resolve());
  child.on('exit', (code, signal) => {
    exited.resolve();
    // With 0 it had come up, and nobody came to use it in time: on a machine that is too busy.
    tryAgain = code === EXIT_TRY_AGAIN || code === 0;
    ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
  });
  return {
    pid: child.pid,
    isStarting: () => ended === undefined,
    failed: () => ended !== undefined && !tryAgain,
    end: async () => {
      if (ended !== undefined) return;
      child.kill('SIGKILL');
      // So that this process waits for it.
      child.ref();
      await exited.promise;
    },
    startError: () => startError(files, ended ?? 'no answer in time', logStart),
    foundFilesInUse: () => readLog(files.log, logStart).some((line) => FILES_IN_USE.test(line)),
  };
}

function startError(files: StoreFiles, ended: string, logStart: number): HarnessError {
  const said = readLog(files.log, logStart).join(' | ') || 'nothing was logged';
  return new HarnessError(
    'STORE_START_FAILED',
    `the local ClickHouse server did not start (${ended}): ${said}`,
    {
      hint: `See ${files.log}. ${meetsOpenFileLimit(said) ? MORE_OPEN_FILES : USE_OTHER_SERVER}`,
    },
  );
}

function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(path, `${path}.old`);
  const fd = openOwnFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  // Its folder was taken away at this moment; the server would say so too, and nobody hear it.
  if (fd === undefined) throw new Error(`${path} cannot be made: its folder is gone`);
  return fd;
}

/**
 * What a program needs to run, and nothing else: the server outlives the command, and has no use
 * for its secrets, nor for a debugger that was meant for it.
 */
const KEPT_VARIABLES =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LC_\w+|(?:LD|DYLD)_LIBRARY_PATH|NODE_COMPILE_CACHE)$/u;

function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => KEPT_VARIABLES.test(name)));
}

function readLog(path: string, fromByte: number): readonly string[] {
  const text = readFileSync(path).subarray(fromByte).toString('utf8');
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-LOG_LINES_SHOWN);
}
