import {
  formatDuration,
  HarnessError,
  invariant,
  msFromNs,
  NS_PER_SEC,
  systemClock,
  type Clock,
} from '../core/index.ts';
import type { ServiceSpec } from '../scenario/index.ts';
import { Guardian } from './guardian.ts';
import { waitUntilReady } from './ready-check.ts';
import { processSpec } from './process-spec.ts';

/** How long services may take to flush and exit once they were asked to. */
const STOP_GRACE_NS = 5 * NS_PER_SEC;

/** How a service ended though nobody asked it to. */
export interface ServiceExit {
  readonly name: string;
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines that it wrote, stdout and stderr together. */
  readonly lastOutput: string;
}

export interface StartServicesOptions {
  /** All references in them resolved. */
  readonly services: readonly ServiceSpec[];
  /** One per service, from `allocatePorts`. */
  readonly ports: ReadonlyMap<string, number>;
  /** The run's OTLP receiver, without `/v1/traces`. */
  readonly otlpUrl: string;
  /** Absolute folder that each service's `cwd` is relative to. */
  readonly baseDir: string;
  /** Called for each service that ends once all were ready, and before `stop`. */
  readonly onExit: (exit: ServiceExit) => void;
  /** Called when the guardian died, and every service with it. */
  readonly onGuardianDeath: (error: HarnessError) => void;
  /** Where it is aborted before all are ready, they are stopped and its reason is thrown. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** The running services of a run. */
export interface Services {
  /** Returns the process id of a service that runs; undefined for one that ended. */
  pid(name: string): number | undefined;
  /** Returns the last lines that a running service wrote. */
  lastOutput(name: string): Promise<string>;
  /** Stops all services: TERM, and KILL for what is left after 5 s. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts the services side by side under a guardian process, and resolves when all of them are
 * ready. Whatever happens to this process, none of them outlives it by more than 2 s.
 * @throws SERVICE_START_FAILED when a service cannot be spawned, ends before it is ready, or is not
 *   ready in time; its last lines are in the message, and all other services are stopped.
 */
export async function startServices(options: StartServicesOptions): Promise<Services> {
  const services = new GuardedServices(options);
  await services.allReady();
  return services;
}

class GuardedServices implements Services {
  readonly #options: StartServicesOptions;
  readonly #clock: Clock;
  readonly #guardian: Guardian;
  readonly #startFailed = new AbortController();
  #state: 'starting' | 'ready' | 'stopping' = 'starting';
  #failure: unknown;
  #stopping: Promise<void> | undefined;

  constructor(options: StartServicesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
    this.#guardian = new Guardian({
      exited: ({ name, code, signal, output }) =>
        this.#exited({ name, code, signal, lastOutput: output }),
      spawnFailed: (name, reason) => this.#fail(spawnFailure(name, reason)),
      died: (error) => {
        if (this.#state === 'ready') this.#options.onGuardianDeath(error);
        else this.#fail(error);
      },
    });
    const { otlpUrl, baseDir, signal } = options;
    signal?.addEventListener('abort', () => {
      if (this.#state === 'starting') this.#fail(signal.reason);
    });
    this.#guardian.start(
      options.services.map((service) =>
        processSpec(service, { port: this.#port(service.name), otlpUrl, baseDir }),
      ),
    );
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

  stop(): Promise<void> {
    this.#state = 'stopping';
    this.#stopping ??= this.#guardian.stop(msFromNs(STOP_GRACE_NS));
    return this.#stopping;
  }

  async #ready(service: ServiceSpec): Promise<void> {
    const { name, readyPath, readyWithinNs } = service;
    const port = this.#port(name);
    const { signal } = this.#startFailed;
    const readiness = await waitUntilReady(port, readyPath, readyWithinNs, this.#clock, signal);
    if (readiness.isReady || this.#failure !== undefined) return;
    const lastOutput = await this.#guardian.output(name);
    const within = formatDuration(readyWithinNs);
    const message = `service ${name} was not ready within ${within}: ${readiness.reason}`;
    this.#fail(
      new HarnessError('SERVICE_START_FAILED', message + quoted(lastOutput), {
        hint: 'See that it listens on PORT and that its readiness path answers 2xx, or allow more time.',
      }),
    );
  }

  #exited(exit: ServiceExit): void {
    if (this.#state === 'ready') this.#options.onExit(exit);
    if (this.#state !== 'starting') return;
    const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
    const message = `service ${exit.name} ended ${how} before it was ready`;
    this.#fail(
      new HarnessError('SERVICE_START_FAILED', message + quoted(exit.lastOutput), {
        hint: 'Start its command by hand in its folder to see what it lacks.',
      }),
    );
  }

  /** Keeps the first failure and ends the waiting of all others. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#startFailed.abort();
  }

  #port(name: string): number {
    const port = this.#options.ports.get(name);
    invariant(port !== undefined, `service ${name} was allocated a port`);
    return port;
  }
}

function spawnFailure(name: string, reason: string): HarnessError {
  return new HarnessError('SERVICE_START_FAILED', `service ${name} cannot be started: ${reason}`, {
    hint: 'See that the program of its command exists and that its folder is right.',
  });
}

function quoted(output: string): string {
  return output === '' ? '; it wrote nothing' : `; its last output:\n${output}`;
}
