import type { CompiledFlow, CompiledFlows, Scope } from '../flow/index.ts';
import { NS_PER_SEC } from '../core/index.ts';
import type { FlowSpec, Scenario } from '../scenario/index.ts';
import { type DriversFor, type Once, ONCE_MAX_NS, runOnce } from './run-once.ts';

/** The longest that the teardown may take once the run was asked to end: somebody waits. */
const HURRIED_MAX_NS = 2 * NS_PER_SEC;

export interface OnceFlowsParts {
  readonly scenario: Scenario;
  readonly flows: CompiledFlows;
  readonly driversFor: DriversFor;
}

/** The setup and the teardown of a run. What the setup captured is known in the teardown too. */
export class OnceFlows {
  readonly #parts: OnceFlowsParts;
  #running: Once | undefined;
  #tornDown: Promise<string> | undefined;
  #isHurried = false;

  constructor(parts: OnceFlowsParts) {
    this.#parts = parts;
  }

  /**
   * Makes the setup, if there is one, and resolves to what it captured and why it failed, '' where
   * it did not. One that failed is followed by the teardown.
   */
  async setUp(): Promise<{ readonly values: readonly unknown[]; readonly failure: string }> {
    const { scenario, flows } = this.#parts;
    const scope = flows.newScope();
    const failure = await this.#run(scenario.setup, flows.setup, scope);
    flows.share(scope.values);
    if (failure !== '') await this.tearDown();
    return { values: scope.values, failure };
  }

  /**
   * Makes the teardown, if there is one, and resolves to why it failed; '' where it did not. It is made
   * once, however often it is asked for.
   */
  tearDown(): Promise<string> {
    const { scenario, flows } = this.#parts;
    return (this.#tornDown ??= this.#run(scenario.teardown, flows.teardown, flows.newScope()));
  }

  /** Ends what is under way; a teardown that begins later has little time. */
  stop(): void {
    this.#isHurried = true;
    this.#running?.stop();
  }

  async #run(
    spec: FlowSpec | undefined,
    flow: CompiledFlow | undefined,
    scope: Scope,
  ): Promise<string> {
    if (spec === undefined || flow === undefined) return '';
    const { scenario, driversFor } = this.#parts;
    const maxNs = this.#isHurried ? HURRIED_MAX_NS : ONCE_MAX_NS;
    this.#running = runOnce({ scenario, spec, flow, scope, driversFor, maxNs });
    const failure = await this.#running.ended;
    this.#running = undefined;
    return failure;
  }
}
