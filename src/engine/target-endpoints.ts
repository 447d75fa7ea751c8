import { hashText, mix32, type Ns, type Rng } from '../core/index.ts';
import {
  type Balancer,
  type BalanceSpec,
  balancerFor,
  EndpointHealth,
  type HealthSpec,
  type UsableEndpoints,
} from '../resilience/index.ts';
import type { LiveCall } from './live-call.ts';
import type { RunPlan } from './run-plan.ts';

const ROUND_ROBIN: BalanceSpec = { by: 'round-robin' };

/** The endpoints of one target: which of them gets an attempt, and which of them are well. */
export class TargetEndpoints {
  readonly targetIndex: number;
  /** Among those of the plan. */
  readonly firstIndex: number;
  readonly count: number;
  readonly health: EndpointHealth | undefined;
  readonly #plan: RunPlan;
  readonly #spec: BalanceSpec;
  readonly #balancer: Balancer;
  readonly #all: UsableEndpoints;
  readonly #request: { tried: readonly number[]; keyHash: number } = { tried: [], keyHash: 0 };

  constructor(plan: RunPlan, targetIndex: number, rng: Rng) {
    const own = plan.endpoints.filter((endpoint) => endpoint.targetIndex === targetIndex);
    const target = plan.targets[targetIndex];
    this.targetIndex = targetIndex;
    this.firstIndex = plan.endpoints.findIndex((one) => one.targetIndex === targetIndex);
    this.count = own.length;
    this.#plan = plan;
    this.#spec = target?.balance ?? ROUND_ROBIN;
    const urls = own.map((endpoint) => endpoint.target.url);
    this.#balancer = balancerFor(this.#spec, urls, rng);
    this.#all = new Uint8Array(this.count).fill(1);
    if (target?.health) this.health = new EndpointHealth(target.health, this.count);
  }

  /** When it is checked, and by what; undefined for never. */
  get checks(): HealthSpec['active'] {
    return this.#plan.targets[this.targetIndex]?.health?.active;
  }

  /** Returns what binds a call to an endpoint: its user, the value of a header, or its path. */
  keyOf(call: LiveCall): number {
    const { by } = this.#spec;
    if (by === 'source-hash') {
      // An arrival of an open phase is somebody else's than the one before.
      return mix32(call.iteration?.user?.number ?? call.seq);
    }
    if (by !== 'consistent-hash') return 0;
    const request = call.request ?? this.#plan.steps[call.stepIndex]?.spec.call.request;
    const { header } = this.#spec;
    if (header === undefined) return hashText(request?.path ?? '');
    return hashText(request?.headers.find(([name]) => name.toLowerCase() === header)?.[1] ?? '');
  }

  /**
   * Returns the endpoint of an attempt, from 0, and takes up that it goes there; to one of `tried`
   * only where there is no other.
   */
  take(keyHash: number, tried: readonly number[], nowNs: Ns): number {
    if (this.count === 1) return 0;
    this.#request.keyHash = keyHash;
    this.#request.tried = tried;
    const usable = this.health?.usable(nowNs) ?? this.#all;
    const endpoint = Math.max(0, this.#balancer.pick(usable, this.#request, nowNs));
    this.#balancer.begun(endpoint);
    return endpoint;
  }

  /** An attempt ended, `tookNs` after it was sent. Returns whether its endpoint is out for it. */
  ended(endpoint: number, tookNs: Ns, failed: boolean, nowNs: Ns): boolean {
    if (this.count > 1) this.#balancer.ended(endpoint, tookNs, failed, nowNs);
    const { health } = this;
    if (health === undefined) return false;
    const wasIn = failed && health.isIn(endpoint, nowNs);
    health.attempted(endpoint, failed, nowNs);
    return wasIn && !health.isIn(endpoint, nowNs);
  }

  /** An attempt came to nothing that says how its endpoint is. */
  abandoned(endpoint: number): void {
    if (this.count > 1) this.#balancer.abandoned(endpoint);
  }
}
