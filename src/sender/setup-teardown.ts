import {
  type CompiledFlow,
  type CompiledFlows,
  type Scope,
  type SharedValues,
  sharedValues,
} from '../flow/index.ts';
import { type Clock, NS_PER_SEC } from '../core/index.ts';
import type { BesideLoad } from '../record/index.ts';
import type { FlowSpec, ReadyScenario } from '../scenario/index.ts';
import {
  type CallsBesideLoad,
  type DriversFor,
  type SingleFlowRun,
  SETUP_TEARDOWN_NS_MAX,
  runSingleFlow,
} from './run-single-flow.ts';

/**
 * Where the numbers of the setup begin, past those of every arrival and call that a load may have;
 * and those of the teardown. All are below 2^53.
 */
const FIRST_SEQ: Readonly<Record<BesideLoad, number>> = {
  setup: 2 ** 52,
  teardown: 2 ** 52 + 2 ** 51,
};

/** The longest that the teardown may take after a request to stop: somebody waits for it. */
const HURRIED_MAX_NS = 2 * NS_PER_SEC;

export interface SetupTeardownParts {
  readonly scenario: ReadyScenario;
  readonly flows: CompiledFlows;
  readonly driversFor: DriversFor;
  /** Returns a clock whose origin is now. */
  readonly newClock: () => Clock;
  /** Called with the calls of either, second by second. */
  readonly onCalls: (calls: CallsBesideLoad) => void;
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
    const failure = await this.#run('setup', scenario.setup, flows.setup, scope);
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
    return (this.#tornDown ??= this.#run(
      'teardown',
      scenario.teardown,
      flows.teardown,
      flows.newScope(),
    ));
  }

  /** Ends what is under way; a teardown that begins later has little time. */
  stop(): void {
    this.#isHurried = true;
    this.#running?.stop();
  }

  async #run(
    kind: BesideLoad,
    spec: FlowSpec | undefined,
    flow: CompiledFlow | undefined,
    scope: Scope,
  ): Promise<string> {
    if (spec === undefined || flow === undefined) return '';
    const { scenario, driversFor, newClock, onCalls } = this.#parts;
    const maxNs = this.#isHurried ? HURRIED_MAX_NS : SETUP_TEARDOWN_NS_MAX;
    this.#running = runSingleFlow({
      scenario,
      spec,
      kind,
      firstSeq: FIRST_SEQ[kind],
      flow,
      scope,
      clock: newClock(),
      driversFor,
      maxNs,
      onCalls,
    });
    const failure = await this.#running.ended;
    this.#running = undefined;
    return failure;
  }
}
