import { NS_PER_SEC, type Ns } from '../../core/index.ts';
import { type Balancer, NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';
import { Candidates } from './candidates.ts';
import { InFlight } from './in-flight.ts';

/** In this time an average forgets 63% of what it was. */
const DECAY_NS = 10 * NS_PER_SEC;
/** What a failed attempt counts for, at least: one that fails at once is not to attract others. */
const FAILED_NS = NS_PER_SEC;
/** The cost of one that has attempts under way and has answered none: any other comes before it. */
const UNKNOWN_NS = 1e15;

/**
 * The one with the lowest cost; among equals, one after another.
 *
 *     cost = average * (attempts under way + 1)
 *
 * The average is a peak EWMA: an attempt that took longer becomes the average at once, one that did
 * not moves it by w = exp(-(time since) / 10 s), and it sinks by w while nothing ends, so that one
 * that was slow is tried again. A failed attempt counts as no less than 1 s, nor than the average.
 *
 * @see Finagle's PeakEwma
 */
export class LeastResponseTime implements Balancer {
  readonly #candidates = new Candidates();
  readonly #endpoints: number;
  readonly #inFlight: InFlight;
  readonly #averagesNs: Float64Array;
  readonly #atNs: Float64Array;
  #first = 0;

  constructor(endpoints: number) {
    this.#endpoints = endpoints;
    this.#inFlight = new InFlight(endpoints);
    this.#averagesNs = new Float64Array(endpoints);
    this.#atNs = new Float64Array(endpoints);
  }

  pick(usable: UsableEndpoints, request: PickRequest, nowNs: Ns): number {
    const candidates = this.#candidates.of(usable, request);
    let best = NO_ENDPOINT;
    let lowest = Infinity;
    for (let step = 0; step < this.#endpoints; step++) {
      const i = (this.#first + step) % this.#endpoints;
      if (!candidates.has(i)) continue;
      const cost = this.#costOf(i, nowNs);
      if (cost >= lowest) continue;
      best = i;
      lowest = cost;
    }
    if (best !== NO_ENDPOINT) this.#first = (best + 1) % this.#endpoints;
    return best;
  }

  begun(endpoint: number): void {
    this.#inFlight.begun(endpoint);
  }

  ended(endpoint: number, tookNs: Ns, failed: boolean, nowNs: Ns): void {
    this.#inFlight.ended(endpoint);
    const weight = this.#weight(endpoint, nowNs);
    const before = this.#averagesNs[endpoint] ?? 0;
    const counted = failed ? Math.max(tookNs, before, FAILED_NS) : tookNs;
    this.#averagesNs[endpoint] =
      counted >= before ? counted : before * weight + counted * (1 - weight);
    this.#atNs[endpoint] = Math.max(nowNs, this.#atNs[endpoint] ?? 0);
  }

  abandoned(endpoint: number): void {
    this.#inFlight.ended(endpoint);
  }

  #costOf(endpoint: number, nowNs: Ns): number {
    const average = this.#averagesNs[endpoint] ?? 0;
    const underWay = this.#inFlight.of(endpoint);
    if (average === 0) return underWay === 0 ? 0 : UNKNOWN_NS * underWay;
    return average * this.#weight(endpoint, nowNs) * (underWay + 1);
  }

  #weight(endpoint: number, nowNs: Ns): number {
    const sinceNs = nowNs - (this.#atNs[endpoint] ?? 0);
    return sinceNs <= 0 ? 1 : Math.exp(-sinceNs / DECAY_NS);
  }
}
