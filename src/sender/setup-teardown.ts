import {
  type CompiledFlow,
  type CompiledFlows,
  type Scope,
  type SharedValues,
  sharedValues,
} from '../flow/index.ts';
import { type Clock, NS_PER_SEC } from '../core/index.ts';
import type { FlowSpec, ReadyScenario } from '../scenario/index.ts';
import {
  type DriversFor,
  type SingleFlowRun,
  SETUP_TEARDOWN_NS_MAX,
  runSingleFlow,
} from './run-single-flow.ts';

/** The longest that the teardown may take after a request to stop: somebody waits for it. */
const HURRIED_MAX_NS = 2 * NS_PER_SEC;

export interface SetupTeardownParts {
  readonly scenario: ReadyScenario;
  readonly flows: CompiledFlows;
  readonly driversFor: DriversFor;
  /** Returns a clock whose origin is now. */
  readonly newClock: () => Clock;
}

/** The setup and the teardown of a run. What the setup captured is known in the teardown too. */
export class SetupTeardown {
  readonly #parts: SetupTeardownParts;
  #running: SingleFlowRun | undefined;
  #tornDown: Promise<string> | undefined;
  #isHurried = false;

  constructor(parts: SetupTeardownParts) {
    this.#parts = parts;
  }

  /**
   * Makes the setup, if there is one, and resolves to what it captured and why it failed, '' where
   * it did not. One that failed is followed by the teardown.
   */
  async setUp(): Promise<{ readonly values: SharedValues; readonly failure: string }> {
    const { scenario, flows } = this.#parts;
    const scope = flows.newScope();
    const failure = await this.#run(scenario.setup, flows.setup, scope);
    const values = sharedValues(scope);
    flows.share(values);
    if (failure !== '') await this.tearDown();
    return { values, failure };
  }

  /**
   * Makes the teardown, if there is one, and resolves to why it failed; '' where it did not. It is
   * made once, however often it is asked for.
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
    const { scenario, driversFor, newClock } = this.#parts;
    const maxNs = this.#isHurried ? HURRIED_MAX_NS : SETUP_TEARDOWN_NS_MAX;
    this.#running = runSingleFlow({
      scenario,
      spec,
      flow,
      scope,
      clock: newClock(),
      driversFor,
      maxNs,
    });
    const failure = await this.#running.ended;
    this.#running = undefined;
    return failure;
  }
}
