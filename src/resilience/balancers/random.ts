import type { Rng } from '../../core/index.ts';
import { type Balancer, NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';
import { Candidates } from './candidates.ts';

/** Any one, each as likely. */
export class Random implements Balancer {
  readonly #candidates = new Candidates();
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  pick(usable: UsableEndpoints, request: PickRequest): number {
    const candidates = this.#candidates.of(usable, request);
    if (candidates.count === 0) return NO_ENDPOINT;
    return candidates.at(Math.floor(this.#rng.nextFloat() * candidates.count));
  }

  begun(): void {}

  ended(): void {}

  abandoned(): void {}
}
