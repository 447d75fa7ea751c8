import { hashText, mix32 } from '../../core/index.ts';
import { type Balancer, NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';
import { Candidates } from './candidates.ts';

/**
 * The same one for the same key, by rendezvous hashing: of all candidates the one whose name and
 * the key have the highest hash together. Where one goes, from the list or for a while, its keys
 * alone move, 1/n of them, and spread over all others; the order of the list does not matter.
 *
 * A ring, or Maglev's table, is faster for lists of hundreds, and moves keys of others besides.
 *
 * @see Thaler, Ravishankar, A Name-Based Mapping Scheme for Rendezvous (1996)
 */
export class ConsistentHash implements Balancer {
  readonly #candidates = new Candidates();
  readonly #hashes: Uint32Array;

  /** With the name of each endpoint, by which it is known in other lists too: its address. */
  constructor(names: readonly string[]) {
    this.#hashes = Uint32Array.from(names, (name) => hashText(name));
  }

  pick(usable: UsableEndpoints, request: PickRequest): number {
    const candidates = this.#candidates.of(usable, request);
    let best = NO_ENDPOINT;
    let highest = -1;
    for (let i = 0; i < this.#hashes.length; i++) {
      if (!candidates.has(i)) continue;
      const weight = mix32(request.keyHash ^ (this.#hashes[i] ?? 0));
      if (weight <= highest) continue;
      best = i;
      highest = weight;
    }
    return best;
  }

  begun(): void {}

  ended(): void {}

  abandoned(): void {}
}
