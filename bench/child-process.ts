import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { NS_PER_SEC, nsFromSec, sleep, systemClock } from '../src/core/index.ts';

export interface RunningProcess {
  readonly pid: number;
  /** Resolves with its standard output when it is over; rejects where it failed by itself. */
  readonly ended: Promise<string>;
  /** Resolves with its exit code when it is over, -1 where a signal ended it. */
  readonly exitCode: Promise<number>;
  /** Ends it and resolves when it is gone. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** The only core it may run on, where the machine has `taskset`; any where it is not given. */
  readonly core?: number;
  /** It is ended when it runs longer than this, as a failure. */
  readonly boundSec: number;
  /** The exit codes of a success; 0 alone where they are not given. */
  readonly fineCodes?: readonly number[];
}

const KILL_AFTER_NS = 2 * NS_PER_SEC;
/** Most of its error output that is kept, for the message. */
const STDERR_MAX = 2_000;

const running = new Set<ChildProcess>();

/** Starts a program, by its arguments and without a shell. */
export function startProcess(
  argv: readonly string[],
  { core, boundSec, fineCodes = [0] }: StartOptions,
): RunningProcess {
  const pinned = core !== undefined && canPin() ? ['taskset', '-c', String(core), ...argv] : argv;
  const [program = '', ...args] = pinned;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let stopping = false;
  let stderr = '';
  const stdout: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => {
    stderr = (stderr + bytes.toString()).slice(-STDERR_MAX);
  });
  const clock = systemClock();
  const bound = clock.after(nsFromSec(boundSec), () => child.kill('SIGKILL'));
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  const ended = (async (): Promise<string> => {
    try {
      const [code, signal] = await closed;
      if (fineCodes.includes(code ?? -1) || stopping) return Buffer.concat(stdout).toString('utf8');
      throw new Error(`${argv[0]} ended with ${code ?? signal}: ${stderr.trim()}`);
    } finally {
      bound.cancel();
      running.delete(child);
    }
  })();
  // Whoever awaits hears of it; until somebody does, it is no unhandled rejection.
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    ended,
    exitCode: closed.then(([code]) => code ?? -1),
    stop: async () => {
      stopping = true;
      child.kill('SIGTERM');
      const kill = clock.after(KILL_AFTER_NS, () => child.kill('SIGKILL'));
      await ended;
      kill.cancel();
    },
  };
}

/** Returns a program's standard output when it is over. */
export function outputOf(argv: readonly string[], options: StartOptions): Promise<string> {
  return startProcess(argv, options).ended;
}

/** Ends a process that was started otherwise at once where this one does. */
export function endedWithThis(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

/** Ends at once whatever was started and still runs. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Returns whether the machine has a program of this name. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v "$0"`, name]).status === 0;
}

/** Resolves when `sec` seconds have passed. */
export function pauseSec(sec: number): Promise<void> {
  return sleep(systemClock(), nsFromSec(sec));
}

let pinnable: boolean | undefined;

function canPin(): boolean {
  pinnable ??= hasProgram('taskset');
  return pinnable;
}
