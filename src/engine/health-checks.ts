import { type Clock, invariant, type Ns, OK, type Timer } from '../core/index.ts';
import type { Recorder } from '../record/index.ts';
import type { Driver, DriverEvents } from './driver.ts';
import type { EngineParts } from './engine-parts.ts';
import { type LiveCall, newSlot } from './live-call.ts';
import type { RunPlan } from './run-plan.ts';
import type { TargetEndpoints } from './target-endpoints.ts';

export interface HealthChecksParts {
  readonly clock: Clock;
  readonly plan: RunPlan;
  readonly recorder: Recorder;
  readonly driverFor: EngineParts['driverFor'];
  /** By target. */
  readonly targets: readonly TargetEndpoints[];
  readonly phaseIndex: () => number;
}

/**
 * Asks endpoints whether they are well, each over a connection of its own: what the load waits for
 * does not hold up a check, nor a check the load. A check is no call: it is counted, and neither
 * timed nor traced.
 */
export class HealthChecks {
  readonly #all: readonly EndpointChecks[];

  constructor(parts: HealthChecksParts) {
    this.#all = parts.targets.flatMap((target) =>
      target.checks === undefined
        ? []
        : Array.from({ length: target.count }, (_, i) => new EndpointChecks(parts, target, i)),
    );
  }

  begin(): void {
    for (const checks of this.#all) checks.begin();
  }

  /** Ends what is under way. Resolves when all connections are closed. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map((checks) => checks.close()));
  }
}

/** The checks of one endpoint, one after another. */
class EndpointChecks {
  readonly #parts: HealthChecksParts;
  readonly #target: TargetEndpoints;
  readonly #endpoint: number;
  readonly #timeoutNs: Ns;
  readonly #driver: Driver;
  readonly #slot: LiveCall = newSlot();
  #timer: Timer | undefined;
  /** Whether a check is under way, and whether it still waits for its connection. */
  #isAsking = false;
  #isWaiting = false;
  #isClosed = false;

  constructor(parts: HealthChecksParts, target: TargetEndpoints, endpoint: number) {
    const { plan, driverFor } = parts;
    const planned = plan.endpoints[target.firstIndex + endpoint];
    const check = plan.checks.findIndex(({ targetIndex }) => targetIndex === target.targetIndex);
    invariant(planned !== undefined && check >= 0, 'what is checked has an address and a step');
    this.#parts = parts;
    this.#target = target;
    this.#endpoint = endpoint;
    this.#timeoutNs = target.checks?.timeoutNs ?? 0;
    this.#slot.stepIndex = plan.steps.length + check;
    this.#driver = driverFor({ ...planned.target, connections: 1, propagate: [] }, this.#events(), {
      endpoint,
      isCheck: true,
    });
  }

  begin(): void {
    const { clock } = this.#parts;
    const dueNs = this.#target.health?.checkDueNs(this.#endpoint) ?? Infinity;
    if (this.#isClosed || dueNs === Infinity) return;
    const leftNs = dueNs - clock.nowNs();
    if (leftNs > 0) this.#timer = clock.after(leftNs, () => this.begin());
    else this.#ask();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    return this.#driver.close();
  }

  #ask(): void {
    const { clock } = this.#parts;
    this.#target.health?.checkBegun(this.#endpoint);
    this.#isAsking = true;
    this.#slot.deadlineNs = clock.nowNs() + this.#timeoutNs;
    if (this.#driver.hasFreeConnection()) {
      this.#driver.start(this.#slot);
      return;
    }
    this.#isWaiting = true;
    this.#timer = clock.after(this.#timeoutNs, () => this.#over(true));
    this.#driver.demand(1);
  }

  #events(): DriverEvents {
    const nothing = (): void => undefined;
    return {
      finished: ({ outcome }) => this.#over(outcome !== OK),
      ready: () => {
        if (!this.#isWaiting) return;
        this.#waitsNoMore();
        this.#driver.start(this.#slot);
      },
      unreachable: () => {
        if (this.#isWaiting) this.#over(true);
      },
      connectFailed: nothing,
      resent: nothing,
      connected: nothing,
      lateResponse: nothing,
    };
  }

  #waitsNoMore(): void {
    this.#isWaiting = false;
    this.#timer?.cancel();
    this.#driver.demand(0);
  }

  #over(failed: boolean): void {
    if (this.#isWaiting) this.#waitsNoMore();
    if (!this.#isAsking || this.#isClosed) return;
    this.#isAsking = false;
    const { clock, recorder, phaseIndex } = this.#parts;
    const { health } = this.#target;
    const nowNs = clock.nowNs();
    const wasIn = health?.isIn(this.#endpoint, nowNs) === true;
    health?.checked(this.#endpoint, failed, nowNs);
    recorder.policyDid('health_checks', phaseIndex(), -1);
    if (failed) recorder.policyDid('failed_health_checks', phaseIndex(), -1);
    if (wasIn && !(health?.isIn(this.#endpoint, nowNs) ?? true)) {
      recorder.policyDid('endpoints_out', phaseIndex(), -1);
    }
    this.begin();
  }
}
