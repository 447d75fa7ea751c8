import { mix32 } from '../../core/index.ts';
import { type Balancer, NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';
import { Candidates } from './candidates.ts';

/** Where none of so many is a candidate, the number says which is. */
const TRIES_MAX = 20;

/**
 * The same one for the same source, by its hash modulo the number of endpoints. Where that is no
 * candidate it is hashed again, so that the sources of one that is out spread over all others, and
 * nobody else's endpoint changes. Another list of endpoints changes most sources' endpoints.
 *
 * @see nginx, ip_hash
 */
export class SourceHash implements Balancer {
  readonly #candidates = new Candidates();
  readonly #endpoints: number;

  constructor(endpoints: number) {
    this.#endpoints = endpoints;
  }

  pick(usable: UsableEndpoints, request: PickRequest): number {
    const candidates = this.#candidates.of(usable, request);
    if (candidates.count === 0) return NO_ENDPOINT;
    let hash = request.keyHash >>> 0;
    for (let i = 0; i < TRIES_MAX; i++) {
      const endpoint = hash % this.#endpoints;
      if (candidates.has(endpoint)) return endpoint;
      hash = mix32(hash + 1);
    }
    return candidates.at(hash % candidates.count);
  }

  begun(): void {}

  ended(): void {}

  abandoned(): void {}
}
