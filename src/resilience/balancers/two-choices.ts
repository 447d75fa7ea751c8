import type { Rng } from '../../core/index.ts';
import { type Balancer, NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';
import { Candidates } from './candidates.ts';
import { InFlight } from './in-flight.ts';

/**
 * Of two that are drawn, the one with fewer attempts under way. n balls in n bins leave the fullest
 * with about ln ln n / ln 2, where one draw leaves it with ln n / ln ln n; and callers that know
 * nothing of each other do not all run to the same endpoint.
 *
 * @see Mitzenmacher, The Power of Two Choices in Randomized Load Balancing (1996)
 */
export class TwoChoices implements Balancer {
  readonly #candidates = new Candidates();
  readonly #inFlight: InFlight;
  readonly #rng: Rng;

  constructor(endpoints: number, rng: Rng) {
    this.#inFlight = new InFlight(endpoints);
    this.#rng = rng;
  }

  pick(usable: UsableEndpoints, request: PickRequest): number {
    const candidates = this.#candidates.of(usable, request);
    const { count } = candidates;
    if (count === 0) return NO_ENDPOINT;
    const one = Math.floor(this.#rng.nextFloat() * count);
    const first = candidates.at(one);
    if (count === 1) return first;
    const other = Math.floor(this.#rng.nextFloat() * (count - 1));
    const second = candidates.at(other < one ? other : other + 1);
    return this.#inFlight.of(second) < this.#inFlight.of(first) ? second : first;
  }

  begun(endpoint: number): void {
    this.#inFlight.begun(endpoint);
  }

  ended(endpoint: number): void {
    this.#inFlight.ended(endpoint);
  }

  abandoned(endpoint: number): void {
    this.#inFlight.ended(endpoint);
  }
}
