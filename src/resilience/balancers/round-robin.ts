import { type Balancer, NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';
import { Candidates } from './candidates.ts';

/**
 * One after another. The k-th attempt goes to candidate k mod n of the n that there are: where one
 * is out all others get the same share, not its neighbour two.
 */
export class RoundRobin implements Balancer {
  readonly #candidates = new Candidates();
  #turn = 0;

  pick(usable: UsableEndpoints, request: PickRequest): number {
    const candidates = this.#candidates.of(usable, request);
    if (candidates.count === 0) return NO_ENDPOINT;
    const turn = this.#turn;
    this.#turn = (turn + 1) >>> 0;
    return candidates.at(turn % candidates.count);
  }

  begun(): void {}

  ended(): void {}

  abandoned(): void {}
}
