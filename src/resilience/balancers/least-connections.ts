import { type Balancer, NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';
import { Candidates } from './candidates.ts';
import { InFlight } from './in-flight.ts';

/** The one with the fewest attempts under way; among equals, one after another. */
export class LeastConnections implements Balancer {
  readonly #candidates = new Candidates();
  readonly #endpoints: number;
  readonly #inFlight: InFlight;
  /** The one that is looked at first: that after the last one picked. */
  #first = 0;

  constructor(endpoints: number) {
    this.#endpoints = endpoints;
    this.#inFlight = new InFlight(endpoints);
  }

  pick(usable: UsableEndpoints, request: PickRequest): number {
    const candidates = this.#candidates.of(usable, request);
    let best = NO_ENDPOINT;
    let fewest = Infinity;
    for (let step = 0; step < this.#endpoints; step++) {
      const i = (this.#first + step) % this.#endpoints;
      if (!candidates.has(i) || this.#inFlight.of(i) >= fewest) continue;
      best = i;
      fewest = this.#inFlight.of(i);
    }
    if (best !== NO_ENDPOINT) this.#first = (best + 1) % this.#endpoints;
    return best;
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
