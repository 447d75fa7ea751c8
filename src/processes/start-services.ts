import {
  type Completion,
  epochNowMs,
  formatDuration,
  HarnessError,
  invariant,
  msFromNs,
  NS_PER_SEC,
  systemClock,
  type Clock,
  type ProcessIdentity,
} from '../core/index.ts';
import type { ReadySpec, ServiceSpec } from '../scenario/index.ts';
import { foreignProcess } from './foreign-processes.ts';
import { Guardian, type GuardianDone } from './guardian.ts';
import type { ProcessSpec } from './guardian-messages.ts';
import { waitUntilReady } from './ready-check.ts';
import { processSpec } from './process-spec.ts';
import { spawnFailure } from './spawn-failure.ts';
import type { ProcessTarget, ServiceExit, Services, StartServicesOptions } from './services.ts';

const READY_HINTS: Readonly<Record<ReadySpec['by'], string>> = {
  http: 'See that it listens on PORT and that its readiness path answers 2xx, or allow more time.',
  tcp: 'See that it listens on PORT, or allow more time (readyWithin).',
  grpc: 'See that it listens on PORT and registers the health service, or write ready: tcp.',
  log: 'See that the pattern fits a line of its output, or allow more time (readyWithin).',
};

const STOP_GRACE_NS = 5 * NS_PER_SEC;

/**
 * Starts the services side by side under a guardian process, and resolves when all of them are
 * ready. Whatever happens to this process, none of them outlives it by more than 2 s.
 * @throws PROCESS_UNUSABLE when a process that faults are for cannot be signalled.
 * @throws SERVICE_START_FAILED when a service cannot be spawned, ends before it is ready, or is not
 *   ready in time; its last lines are in the message, and all other services are stopped.
 */
export async function startServices(options: StartServicesOptions): Promise<Services> {
  const isSignalled = options.signalled === true || (options.foreignPids ?? []).length > 0;
  if (isSignalled && process.platform === 'win32') {
    const message = 'faults of processes need signals, which Windows does not have';
    throw new HarnessError('PROCESS_UNUSABLE', message, {
      hint: 'Run it on Linux or macOS, or put the fault into a proxy.',
    });
  }
  const services = new GuardedServices(options);
  await services.allReady();
  return services;
}

class GuardedServices implements Services {
  readonly #options: StartServicesOptions;
  readonly #clock: Clock;
  readonly #guardian: Guardian;
  readonly #startFailed = new AbortController();
  readonly #foreign: ReadonlyMap<number, ProcessIdentity>;
  /** Of a service that is being started again: gives up the wait for its readiness. */
  readonly #restarting = new Map<string, AbortController>();
  #state: 'starting' | 'ready' | 'stopping' = 'starting';
  #failure: unknown;
  #stopping: Promise<void> | undefined;
  #awaitsRestarts = true;

  constructor(options: StartServicesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
    this.#foreign = new Map((options.foreignPids ?? []).map((pid) => [pid, foreignProcess(pid)]));
    this.#guardian = new Guardian(this.#clock, {
      exited: ({ name, code, signal, output, asked }) =>
        this.#exited({ name, code, signal, lastOutput: output }, asked),
      spawnFailed: (name, reason) => {
        const failure = spawnFailure(this.#specOf(this.#service(name)), reason);
        this.#restarting.get(name)?.abort(failure);
        this.#fail(failure);
      },
      died: (error) => {
        if (this.#state === 'ready') this.#options.onGuardianDeath(error);
        else this.#fail(error);
      },
    });
    const { signal } = options;
    signal?.addEventListener('abort', () => {
      if (this.#state === 'starting') this.#fail(signal.reason);
    });
    this.#guardian.start(options.services.map((service) => this.#specOf(service)));
  }

  async allReady(): Promise<void> {
    await Promise.all(this.#options.services.map((service) => this.#ready(service)));
    if (this.#failure === undefined) {
      this.#state = 'ready';
      return;
    }
    await this.stop();
    throw this.#failure;
  }

  pid(name: string): number | undefined {
    return this.#guardian.pid(name);
  }

  lastOutput(name: string): Promise<string> {
    return this.#guardian.output(name);
  }

  async pause(target: ProcessTarget): Promise<Completion> {
    return this.#reached(target, await this.#signal(target, 'SIGSTOP'));
  }

  resume(target: ProcessTarget): Promise<Completion> {
    return this.#signal(target, 'SIGCONT');
  }

  async kill(target: ProcessTarget, signal: NodeJS.Signals): Promise<Completion> {
    return this.#reached(target, await this.#signal(target, signal));
  }

  async restart(name: string): Promise<Completion> {
    const service = this.#service(name);
    const giveUp = new AbortController();
    this.#restarting.set(name, giveUp);
    try {
      await this.#guardian.restart(this.#specOf(service));
      if (!this.#awaitsRestarts) return { atEpochMs: epochNowMs() };
      const failure = await this.#readiness(service, giveUp.signal);
      if (failure && this.#awaitsRestarts) throw failure;
      return { atEpochMs: epochNowMs() };
    } finally {
      this.#restarting.delete(name);
    }
  }

  endRestarts(): void {
    this.#awaitsRestarts = false;
    for (const giveUp of this.#restarting.values()) giveUp.abort();
  }

  stop(): Promise<void> {
    this.#state = 'stopping';
    this.endRestarts();
    this.#stopping ??= this.#guardian.stop(msFromNs(this.#options.stopGraceNs ?? STOP_GRACE_NS));
    return this.#stopping;
  }

  async #ready(service: ServiceSpec): Promise<void> {
    const failure = await this.#readiness(service, this.#startFailed.signal);
    if (failure && this.#failure === undefined) this.#fail(failure);
  }

  /** Resolves with undefined when the service is ready, or with why it is not. */
  async #readiness(service: ServiceSpec, signal: AbortSignal): Promise<HarnessError | undefined> {
    const { name, ready, readyWithinNs } = service;
    const question = {
      ready,
      port: this.#port(name),
      withinNs: readyWithinNs,
      output: () => this.#guardian.output(name),
    };
    const readiness = await waitUntilReady(question, this.#clock, signal);
    if (readiness.isReady) return undefined;
    if (signal.reason instanceof HarnessError) return signal.reason;
    const lastOutput = await this.#guardian.output(name);
    const within = formatDuration(readyWithinNs);
    const message = `service ${name} was not ready within ${within}: ${readiness.reason}`;
    return new HarnessError('SERVICE_START_FAILED', message + quoted(lastOutput), {
      hint: READY_HINTS[ready.by],
    });
  }

  #signal(target: ProcessTarget, signal: NodeJS.Signals): Promise<GuardianDone> {
    if (target.service !== undefined) {
      return this.#guardian.signal({ name: target.service }, signal);
    }
    const foreign = this.#foreign.get(target.pid);
    invariant(foreign, `process ${target.pid} was named before the services started`);
    return this.#guardian.signal(foreign, signal);
  }

  #reached({ service, pid }: ProcessTarget, { atEpochMs, reached }: GuardianDone): Completion {
    if (reached || this.#state === 'stopping') return { atEpochMs };
    const what = service === undefined ? `process ${pid}` : `service ${service}`;
    throw new HarnessError('PROCESS_UNUSABLE', `${what} does not run any more`, {
      hint: 'See why it ended before the fault was to act on it.',
    });
  }

  #exited(exit: ServiceExit, asked: boolean): void {
    if (this.#state === 'starting') this.#fail(exitFailure(exit));
    if (this.#state !== 'ready' || asked) return;
    const restarting = this.#restarting.get(exit.name);
    if (restarting) restarting.abort(exitFailure(exit));
    else this.#options.onExit(exit);
  }

  /** Keeps the first failure and ends the waiting of all others. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#startFailed.abort();
  }

  #service(name: string): ServiceSpec {
    const service = this.#options.services.find((candidate) => candidate.name === name);
    invariant(service, `service ${name} is of this run`);
    return service;
  }

  #specOf(service: ServiceSpec): ProcessSpec {
    const { otlpUrl, baseDir } = this.#options;
    return processSpec(service, { port: this.#port(service.name), otlpUrl, baseDir });
  }

  #port(name: string): number {
    const port = this.#options.ports.get(name);
    invariant(port !== undefined, `service ${name} was allocated a port`);
    return port;
  }
}

function exitFailure({ name, code, signal, lastOutput }: ServiceExit): HarnessError {
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  const message = `service ${name} ended ${how} before it was ready`;
  return new HarnessError('SERVICE_START_FAILED', message + quoted(lastOutput), {
    hint: 'Start its command by hand in its folder to see what it lacks.',
  });
}

function quoted(output: string): string {
  if (output === '') return '; it wrote nothing';
  const lines = output.split(/\r?\n/u).map((line) => `  | ${line}`);
  return ['; its last output:', ...lines].join('\n');
}
