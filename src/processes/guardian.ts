import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  type Clock,
  epochNowMs,
  HarnessError,
  type Ms,
  type Ns,
  NS_PER_MS,
  NS_PER_SEC,
  siblingModule,
} from '../core/index.ts';
import { ForeignProcesses } from './foreign-processes.ts';
import type {
  GuardianCommand,
  GuardianMessage,
  ProcessSpec,
  SignalTarget,
} from './guardian-messages.ts';
import { OutputTail } from './output-tail.ts';
import { killStraysOnce, SERVICES_VARIABLE } from './stray-processes.ts';

/** What becomes of the guardian's processes. */
export interface GuardianEvents {
  exited(exit: Extract<GuardianMessage, { type: 'exited' }>): void;
  spawnFailed(name: string, reason: string): void;
  /** The guardian itself died, unasked; every process it had was killed with it. */
  died(error: HarnessError): void;
}

/** What became of an order. */
export interface GuardianDone {
  /** Wall time, ms since the Unix epoch, with fractions. */
  readonly atEpochMs: Ms;
  /** False where there was no such process, or no guardian any more. */
  readonly reached: boolean;
}

/**
 * How long the guardian may take to answer, or, beside the grace of its processes, to stop. One
 * that does not (it is paused, say) is killed, and its processes with it.
 */
const ANSWER_WITHIN_NS: Ns = 5 * NS_PER_SEC;

/** callgauge's hold on its guardian process. */
export class Guardian {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #errors = new OutputTail();
  readonly #pids = new Map<string, number>();
  readonly #mark = randomUUID();
  /** Who waits for a process's output; the guardian answers in the order it was asked. */
  readonly #outputWaits: ((output: string) => void)[] = [];
  readonly #doneWaits = new Map<number, (done: GuardianDone) => void>();
  /** What the guardian paused on our behalf: should it be killed, those go on from here. */
  readonly #foreign = new ForeignProcesses();
  readonly #whenGone: Promise<void>;
  #nextId = 0;
  #isStopping = false;

  constructor(clock: Clock, events: GuardianEvents) {
    this.#clock = clock;
    const main = fileURLToPath(siblingModule(import.meta.url, 'guardian-main'));
    this.#child = spawn(process.execPath, [main], {
      detached: true,
      env: { ...process.env, [SERVICES_VARIABLE]: this.#mark },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#errors.write(chunk));
    this.#child.on('message', (message) => this.#hear(message as GuardianMessage, events));
    this.#whenGone = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    void this.#whenGone.then(() => this.#afterDeath(events));
  }

  /** Returns the process id of a process that runs; undefined for one that does not. */
  pid(name: string): number | undefined {
    return this.#pids.get(name);
  }

  start(processes: readonly ProcessSpec[]): void {
    this.#send({ type: 'start', processes });
  }

  /** Returns the last lines that a running process wrote; '' where there are none to be had. */
  async output(name: string): Promise<string> {
    const answer = new Promise<string>((resolve) => {
      this.#outputWaits.push(resolve);
    });
    this.#send({ type: 'output', name });
    return this.#answered(answer, ANSWER_WITHIN_NS, () => '');
  }

  /** Sends a signal to a process and all of its group, or to a process that is not of the run. */
  signal(target: SignalTarget, signal: NodeJS.Signals): Promise<GuardianDone> {
    if (target.name === undefined) this.#foreign.note(target, signal);
    return this.#ask((id) => ({ type: 'signal', id, target, signal }));
  }

  /** Kills what is left of a process and starts it anew. Resolves when it was spawned. */
  restart(process: ProcessSpec): Promise<GuardianDone> {
    return this.#ask((id) => ({ type: 'restart', id, process }));
  }

  /** Stops every process, TERM first and KILL after the grace. Resolves when all are gone. */
  async stop(graceMs: Ms): Promise<void> {
    this.#isStopping = true;
    this.#send({ type: 'stop', graceMs });
    await this.#answered(this.#whenGone, graceMs * NS_PER_MS + ANSWER_WITHIN_NS, () => undefined);
  }

  #ask(command: (id: number) => GuardianCommand): Promise<GuardianDone> {
    const id = this.#nextId++;
    const answer = new Promise<GuardianDone>((resolve) => {
      this.#doneWaits.set(id, resolve);
    });
    this.#send(command(id));
    const unreached = (): GuardianDone => ({ atEpochMs: epochNowMs(), reached: false });
    return this.#answered(answer, ANSWER_WITHIN_NS, unreached);
  }

  /**
   * Resolves with an answer, or with another value once the guardian is gone: where the answer does
   * not come in time, that is made so.
   */
  async #answered<T>(answer: Promise<T>, withinNs: Ns, otherwise: () => T): Promise<T> {
    const timer = this.#clock.after(withinNs, () => this.#child.kill('SIGKILL'));
    const answered = await Promise.race([answer, this.#whenGone.then(otherwise)]);
    timer.cancel();
    return answered;
  }

  #send(command: GuardianCommand): void {
    if (this.#child.connected) this.#child.send(command);
  }

  #hear(message: GuardianMessage, events: GuardianEvents): void {
    switch (message.type) {
      case 'started':
        this.#pids.set(message.name, message.pid);
        break;
      case 'spawn-failed':
        events.spawnFailed(message.name, message.reason);
        break;
      case 'output':
        this.#outputWaits.shift()?.(message.output);
        break;
      case 'done':
        this.#doneWaits.get(message.id)?.(message);
        this.#doneWaits.delete(message.id);
        break;
      case 'exited':
        this.#pids.delete(message.name);
        events.exited(message);
        break;
    }
  }

  /** A guardian that was killed leaves its processes behind: they are killed from here. */
  #afterDeath(events: GuardianEvents): void {
    this.#foreign.resumeAll();
    for (const pid of this.#pids.values()) killGroup(pid);
    this.#pids.clear();
    killStraysOnce(this.#mark);
    if (this.#isStopping) return;
    const output = this.#errors.text();
    const reason = output === '' ? 'it was killed' : output;
    events.died(
      new HarnessError('SERVICE_START_FAILED', `the guardian of the services died: ${reason}`, {
        hint: 'Run again; if nobody killed it, please report this with the scenario.',
      }),
    );
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
