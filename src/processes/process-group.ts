import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { errorText, invariant, NS_PER_MS, sleep, type Clock, type Ns } from '../core/index.ts';
import type { ProcessSpec } from './guardian-messages.ts';
import { OutputTail } from './output-tail.ts';

const POLL_NS = 20 * NS_PER_MS;
const OUTPUT_WAIT_NS = 200 * NS_PER_MS;

/**
 * What a process group reports to the guardian; one of `failed` and `exited` comes, and comes last.
 */
export interface ProcessGroupEvents {
  started(pid: number): void;
  failed(reason: string): void;
  /** `asked`: a signal that ends it had been asked for. */
  exited(exit: ProcessGroupExit): void;
}

export interface ProcessGroupExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
  readonly asked: boolean;
}

/**
 * A process and all that it starts, in a process group of their own: what reaches the terminal
 * (Ctrl-C, say) does not reach them, and one signal reaches all of them.
 */
export class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #output = new OutputTail();
  readonly #whenExited: Promise<void>;
  #isStopping = false;
  #isKilled = false;

  constructor(spec: ProcessSpec, clock: Clock, events: ProcessGroupEvents) {
    this.#clock = clock;
    this.#child = spawn(spec.file, spec.args, {
      cwd: spec.cwd,
      env: environment(spec.env),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of this.#outputs()) {
      stream?.on('data', (chunk: Buffer) => this.#output.write(chunk));
    }
    this.#whenExited = this.#watch(events);
  }

  /** Returns the id of the group; undefined where its process could not be spawned. */
  get id(): number | undefined {
    return this.#child.pid;
  }

  /** Returns the last of what the group wrote on both its outputs. */
  output(): string {
    return this.#output.text();
  }

  /**
   * Sends a signal to the whole group and returns whether it had anyone to reach. One that ends
   * processes is remembered: their end is then no surprise.
   */
  signal(signal: NodeJS.Signals): boolean {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#isKilled = true;
    return this.#signal(signal);
  }

  /**
   * Sends TERM, after the grace KILL; a paused group is let go on to hear it. Resolves when the
   * process is gone, and its group if it can.
   */
  async stop(graceNs: Ns): Promise<void> {
    this.#isStopping = true;
    this.#signal('SIGTERM');
    this.#signal('SIGCONT');
    const deadlineNs = this.#clock.nowNs() + graceNs;
    while (this.#isAlive() && this.#clock.nowNs() < deadlineNs) await sleep(this.#clock, POLL_NS);
    if (this.#isAlive()) this.#signal('SIGKILL');
    await this.#whenExited;
  }

  /**
   * Watches the first process of the group. When it exits unasked, the rest of the group is killed
   * at once: without its leader there is nobody left to stop it in good order.
   */
  #watch(events: ProcessGroupEvents): Promise<void> {
    const child = this.#child;
    return new Promise((resolve) => {
      child.once('spawn', () => {
        invariant(child.pid !== undefined, 'a spawned process has an id');
        events.started(child.pid);
      });
      child.on('error', (error) => {
        if (child.pid !== undefined) return;
        events.failed(errorText(error));
        resolve();
      });
      child.once('exit', (code, signal) => {
        if (!this.#isStopping) this.#signal('SIGKILL');
        void this.#outputEnd().then(() => {
          for (const stream of this.#outputs()) stream?.destroy();
          const asked = this.#isStopping || this.#isKilled;
          events.exited({ code, signal, output: this.output(), asked });
          resolve();
        });
      });
    });
  }

  /**
   * Resolves when the output ended; soon, also where a process that left the group holds it open.
   */
  #outputEnd(): Promise<unknown> {
    const closed = new Promise((resolve) => {
      this.#child.once('close', resolve);
    });
    return Promise.race([closed, sleep(this.#clock, OUTPUT_WAIT_NS)]);
  }

  #outputs(): readonly (Readable | null)[] {
    return [this.#child.stdout, this.#child.stderr];
  }

  #isAlive(): boolean {
    return this.#signal(0);
  }

  /** Returns whether the signal had anyone to reach. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    if (this.#child.pid === undefined) return false;
    try {
      return process.kill(-this.#child.pid, signal);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ESRCH' || code === 'EPERM') return false;
      throw error;
    }
  }
}

function environment(changes: ProcessSpec['env']): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete env[name];
    else env[name] = value;
  }
  return env;
}
