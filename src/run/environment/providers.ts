import {
  resolveReferences,
  type ReachableScenario,
  type ReferenceValues,
} from '../../scenario/index.ts';

/** One part of a run's environment: what listens or runs for as long as the run lasts. */
export interface Provider<Handle> {
  /**
   * Starts it and resolves when it is ready; where it rejects, nothing of it is left running.
   * In `scenario`, what the providers before this one resolved is filled in.
   */
  start(scenario: ReachableScenario): Promise<Provided<Handle>>;
}

/** A provider that has started. */
export interface Provided<Handle> {
  readonly handle: Handle;
  /** What references to it stand for; absent where there are none. */
  readonly references?: ReferenceValues;
  /** Resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/**
 * The providers of a run, started one after another and stopped in reverse order, so that each can
 * rely on those before it from its start to its end:
 *
 *     start   metrics ─► receiver ─► proxies ─► services ─► admin API
 *     stop    metrics ◄─ receiver ◄─ proxies ◄─ services ◄─ admin API
 *
 * Services flush their spans as they stop, and the receiver still takes them.
 */
export class Providers {
  readonly #signal: AbortSignal;
  readonly #started: Provided<unknown>[] = [];
  #scenario: ReachableScenario;
  #stopping: Promise<void> | undefined;

  /** `signal` keeps further providers from starting. */
  constructor(scenario: ReachableScenario, signal: AbortSignal) {
    this.#scenario = scenario;
    this.#signal = signal;
  }

  /** The scenario, with all that was resolved so far filled in. */
  get scenario(): ReachableScenario {
    return this.#scenario;
  }

  /**
   * Starts a provider and returns its handle.
   * @throws whatever the provider or the signal throws; those that started go on then
   */
  async start<Handle>(provider: Provider<Handle>): Promise<Handle> {
    this.#signal.throwIfAborted();
    const provided = await provider.start(this.#scenario);
    this.#started.push(provided);
    const { handle, references } = provided;
    if (references) this.#scenario = resolveReferences(this.#scenario, references);
    return handle;
  }

  /**
   * Stops the last that started first, each also where another fails to stop. May be called again.
   * @throws what the first failure threw, when all have been stopped
   */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stopAll());
  }

  async #stopAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const provided of this.#started.toReversed()) {
      await provided.stop().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
