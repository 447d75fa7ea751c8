import { type Balancer, NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';
import { Candidates } from './candidates.ts';

/**
 * Round robin by weights, spread out as nginx does: every candidate's credit grows by its weight,
 * the highest is picked, the first of equals, and pays the sum of the weights. Weights 5, 1, 1 give
 * a a b a c a a; a cycle, as long as the sum of the weights, has each as often as its weight says.
 *
 * @see nginx, ngx_http_upstream_round_robin.c (smooth weighted round robin)
 */
export class Weighted implements Balancer {
  readonly #candidates = new Candidates();
  readonly #weights: Float64Array;
  readonly #credits: Float64Array;

  /** With a weight > 0 of each endpoint. */
  constructor(weights: readonly number[]) {
    this.#weights = Float64Array.from(weights);
    this.#credits = new Float64Array(weights.length);
  }

  pick(usable: UsableEndpoints, request: PickRequest): number {
    const candidates = this.#candidates.of(usable, request);
    let best = NO_ENDPOINT;
    let most = -Infinity;
    let sum = 0;
    for (let i = 0; i < this.#weights.length; i++) {
      if (!candidates.has(i)) continue;
      const weight = this.#weights[i] ?? 0;
      const credit = (this.#credits[i] ?? 0) + weight;
      this.#credits[i] = credit;
      sum += weight;
      if (credit > most) {
        best = i;
        most = credit;
      }
    }
    if (best !== NO_ENDPOINT) this.#credits[best] = most - sum;
    return best;
  }

  begun(): void {}

  ended(): void {}

  abandoned(): void {}
}
