import type { Completion, Clock, HarnessError, Ns } from '../core/index.ts';
import type { ServiceSpec } from '../scenario/index.ts';

/** How a service ended though nobody asked it to. */
export interface ServiceExit {
  readonly name: string;
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines that it wrote, stdout and stderr together. */
  readonly lastOutput: string;
}

/** What a fault acts on: a service, or a process that was there before. */
export type ProcessTarget =
  | { readonly service: string; readonly pid?: never }
  | { readonly pid: number; readonly service?: never };

export interface StartServicesOptions {
  /** All references in them resolved. */
  readonly services: readonly ServiceSpec[];
  /** Whether services will be paused or killed, which takes signals. */
  readonly signalled?: boolean;
  /** Ids of processes that were there before, and will be paused or killed. */
  readonly foreignPids?: readonly number[];
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
  /** How long services may take to flush and exit once they are asked to; 5 s where left out. */
  readonly stopGraceNs?: Ns;
  readonly clock?: Clock;
}

/** The running services of a run. */
export interface Services {
  /** Returns the process id of a service that runs; undefined for one that ended. */
  pid(name: string): number | undefined;
  /** Returns the last lines that a running service wrote. */
  lastOutput(name: string): Promise<string>;
  /**
   * Stops a service, all processes of its group, or one other process (SIGSTOP).
   * @throws PROCESS_UNUSABLE when it does not run any more
   */
  pause(target: ProcessTarget): Promise<Completion>;
  /** Lets it go on (SIGCONT); does nothing to one that ended meanwhile. */
  resume(target: ProcessTarget): Promise<Completion>;
  /**
   * Sends a signal that ends it; the end of a service is then not reported as an exit.
   * @throws PROCESS_UNUSABLE when it does not run any more
   */
  kill(target: ProcessTarget, signal: NodeJS.Signals): Promise<Completion>;
  /**
   * Starts a service again on its port, what is left of it being killed first, and resolves when it
   * is ready.
   * @throws SERVICE_START_FAILED when it cannot be spawned, ends before it is ready or is not in
   *   time
   */
  restart(service: string): Promise<Completion>;
  /** Awaits the readiness of none that is started again any more, now or later. */
  endRestarts(): void;
  /** Stops all services: TERM, and KILL for what is left after 5 s. May be called again. */
  stop(): Promise<void>;
}
