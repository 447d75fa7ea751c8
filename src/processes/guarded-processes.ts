import { invariant, type Clock, type Ns } from '../core/index.ts';
import { ForeignProcesses } from './foreign-processes.ts';
import type { GuardianMessage, ProcessSpec, SignalTarget } from './guardian-messages.ts';
import { ProcessGroup } from './process-group.ts';
import { killStrays, stopStrays } from './stray-processes.ts';

/** The processes that the guardian has, by name, and those of others that it paused. */
export class GuardedProcesses {
  readonly #clock: Clock;
  readonly #tell: (message: GuardianMessage) => void;
  readonly #groups = new Map<string, ProcessGroup>();
  readonly #foreign = new ForeignProcesses();
  /** What all of them inherit in their environment. */
  readonly #mark: string;
  #stopping: Promise<void> | undefined;

  /** `tell` hears what becomes of each process. */
  constructor(mark: string, clock: Clock, tell: (message: GuardianMessage) => void) {
    this.#mark = mark;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Starts a process, in a group of its own; nothing once they are stopped. */
  start(spec: ProcessSpec): void {
    if (this.#stopping) return;
    const { name } = spec;
    invariant(!this.#groups.has(name), `process ${name} runs once`);
    const group = new ProcessGroup(spec, this.#clock, {
      started: (pid) => this.#tell({ type: 'started', name, pid }),
      failed: (reason) => {
        this.#groups.delete(name);
        this.#tell({ type: 'spawn-failed', name, reason });
      },
      exited: (exit) => {
        this.#groups.delete(name);
        this.#tell({ type: 'exited', name, ...exit });
      },
    });
    this.#groups.set(name, group);
  }

  /** Kills what is left of a process and starts it anew. */
  async restart(spec: ProcessSpec): Promise<void> {
    await this.#groups.get(spec.name)?.stop(0);
    this.start(spec);
  }

  /** Sends a signal, to all of a group; returns whether it had anyone to reach. */
  signal(target: SignalTarget, signal: NodeJS.Signals): boolean {
    return target.name === undefined
      ? this.#foreign.signal(target, signal)
      : (this.#groups.get(target.name)?.signal(signal) ?? false);
  }

  /** Returns the last of what a process wrote; '' for one that does not run. */
  output(name: string): string {
    return this.#groups.get(name)?.output() ?? '';
  }

  /**
   * Stops all, TERM first and KILL after the grace, also what left its group, and lets go on what
   * others' it paused.
   */
  stopAll(graceNs: Ns): Promise<void> {
    this.#foreign.resumeAll();
    this.#stopping ??= this.#stopAll(graceNs);
    return this.#stopping;
  }

  async #stopAll(graceNs: Ns): Promise<void> {
    const groups = [...this.#groups.values()];
    const ids = new Set(groups.flatMap(({ id }) => id ?? []));
    await Promise.all([
      ...groups.map((group) => group.stop(graceNs)),
      stopStrays(this.#mark, ids, { graceNs, clock: this.#clock }),
    ]);
    await killStrays(this.#mark, this.#clock);
  }
}
