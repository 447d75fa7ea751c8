import { invariant, type Ns } from '../core/index.ts';
import type { UsableEndpoints } from './balancers/index.ts';
import type { HealthSpec } from './policy.ts';

/**
 * Which endpoints of a target get attempts. All do at first.
 *
 * Passive: one is out for `outForNs` as `outAfter` of its attempts in a row have failed; what ends
 * there meanwhile counts for nothing, and it begins anew. Active: one is out from `outAfter` checks
 * in a row that failed until `inAfter` in a row went well. It must be in by both to be in.
 *
 * With all of them out there is nobody left to turn to: that is a panic, and all are used, as they
 * are by Envoy (from half of them out, unless told otherwise). One endpoint alone is always used.
 */
export class EndpointHealth {
  readonly #spec: HealthSpec;
  /** By endpoint, as all that follows. */
  readonly #failedAttempts: Int32Array;
  readonly #outUntilNs: Float64Array;
  /** Checks in a row that ended otherwise than the endpoint is held to be. */
  readonly #contraryChecks: Int32Array;
  readonly #outByChecks: Uint8Array;
  readonly #checkDueNs: Float64Array;
  readonly #lastDueNs: Float64Array;
  readonly #usable: UsableEndpoints;
  /** When one that is out for a time comes back first; until then nothing changes by itself. */
  #nextBackNs: Ns = Infinity;
  #panics = false;

  constructor(spec: HealthSpec, count: number) {
    invariant(count > 0, 'a target has an endpoint');
    this.#spec = spec;
    this.#failedAttempts = new Int32Array(count);
    this.#outUntilNs = new Float64Array(count).fill(-Infinity);
    this.#contraryChecks = new Int32Array(count);
    this.#outByChecks = new Uint8Array(count);
    const everyNs = spec.active?.everyNs ?? Infinity;
    this.#checkDueNs = Float64Array.from({ length: count }, (_, i) =>
      spec.active === undefined ? Infinity : Math.round((i * everyNs) / count),
    );
    this.#lastDueNs = new Float64Array(count).fill(-Infinity);
    this.#usable = new Uint8Array(count).fill(1);
  }

  /** Returns which endpoints get attempts: one array, always the same, that changes with time. */
  usable(nowNs: Ns): UsableEndpoints {
    if (nowNs >= this.#nextBackNs) this.#renew(nowNs);
    return this.#usable;
  }

  /** Whether all were out as {@link usable} was last asked, so that all are used. */
  get panics(): boolean {
    return this.#panics;
  }

  /** Returns whether an endpoint is in; one that is out gets attempts in a panic alone. */
  isIn(endpoint: number, nowNs: Ns): boolean {
    return this.#outByChecks[endpoint] === 0 && nowNs >= (this.#outUntilNs[endpoint] ?? 0);
  }

  /** An attempt at an endpoint ended; one that was cancelled says nothing and is not told. */
  attempted(endpoint: number, failed: boolean, nowNs: Ns): void {
    const { passive } = this.#spec;
    if (passive === undefined || nowNs < (this.#outUntilNs[endpoint] ?? 0)) return;
    const inARow = failed ? (this.#failedAttempts[endpoint] ?? 0) + 1 : 0;
    this.#failedAttempts[endpoint] = inARow;
    if (inARow < passive.outAfter) return;
    this.#failedAttempts[endpoint] = 0;
    this.#outUntilNs[endpoint] = nowNs + passive.outForNs;
    this.#renew(nowNs);
  }

  /**
   * Returns when an endpoint is to be checked next; Infinity while a check of it is under way, and
   * where there are none. The first checks are spread over one interval, from 0 on.
   */
  checkDueNs(endpoint: number): Ns {
    return this.#checkDueNs[endpoint] ?? Infinity;
  }

  /** Returns the endpoint that is to be checked first of all; -1 where none is to be. */
  nextCheck(): number {
    let next = -1;
    let dueNs = Infinity;
    for (let i = 0; i < this.#checkDueNs.length; i++) {
      if (this.checkDueNs(i) >= dueNs) continue;
      next = i;
      dueNs = this.checkDueNs(i);
    }
    return next;
  }

  /** A check of an endpoint is sent. */
  checkBegun(endpoint: number): void {
    this.#lastDueNs[endpoint] = this.checkDueNs(endpoint);
    this.#checkDueNs[endpoint] = Infinity;
  }

  /** It ended. The next one is due an interval after this one was, or now where that is past. */
  checked(endpoint: number, failed: boolean, nowNs: Ns): void {
    const { active } = this.#spec;
    invariant(active !== undefined, 'only what has checks is checked');
    const dueNs = (this.#lastDueNs[endpoint] ?? 0) + active.everyNs;
    this.#checkDueNs[endpoint] = Math.max(dueNs, nowNs);
    const isOut = this.#outByChecks[endpoint] === 1;
    const contrary = failed === isOut ? 0 : (this.#contraryChecks[endpoint] ?? 0) + 1;
    this.#contraryChecks[endpoint] = contrary;
    if (contrary < (isOut ? active.inAfter : active.outAfter)) return;
    this.#contraryChecks[endpoint] = 0;
    this.#outByChecks[endpoint] = isOut ? 0 : 1;
    this.#renew(nowNs);
  }

  #renew(nowNs: Ns): void {
    let inCount = 0;
    this.#nextBackNs = Infinity;
    for (let i = 0; i < this.#usable.length; i++) {
      const isIn = this.isIn(i, nowNs);
      this.#usable[i] = isIn ? 1 : 0;
      if (isIn) inCount++;
      const untilNs = this.#outUntilNs[i] ?? 0;
      if (untilNs > nowNs) this.#nextBackNs = Math.min(this.#nextBackNs, untilNs);
    }
    this.#panics = inCount === 0;
    if (this.#panics) this.#usable.fill(1);
  }
}
