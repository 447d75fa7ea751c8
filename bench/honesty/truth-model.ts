import { type Ns, NS_PER_SEC, type RatePerSec } from '../../src/core/index.ts';

/** A server whose every service time is known, and the load that it is put under. */
export interface KnownLoad {
  readonly ratePerSec: RatePerSec;
  readonly durationNs: Ns;
  readonly connections: number;
  readonly serviceNs: Ns;
  /** One request in `every` takes `serviceNs` instead. */
  readonly slow?: { readonly every: number; readonly serviceNs: Ns };
  /** How many requests the server serves at once; all where it is not given. */
  readonly slots?: number;
  /** When the whole server stalls: it neither reads nor answers. In their order. */
  readonly freezes: readonly { readonly fromNs: Ns; readonly toNs: Ns }[];
}

/**
 * Returns the response times, ascending, of arrivals evenly spaced at the rate: a queue D/D/c in
 * the order of arrival, where c is the smaller of the connections and the server's slots, since a
 * call holds both until it is answered.
 *
 *   start(k) = max(k / rate, when the first of c is free)      not within a freeze: at its end
 *   end(k)   = start(k) + service(k)                           likewise
 *   response(k) = end(k) - k / rate
 *
 * All of them, also those that end after the load does: their wait was as real. What the network
 * and the machine add is not in it, tens of microseconds on an idle one.
 */
export function trueResponseTimesNs(load: KnownLoad): Float64Array {
  const { ratePerSec, durationNs, connections, slots = Infinity, freezes } = load;
  const thawedNs = (atNs: Ns): Ns =>
    freezes.find((freeze) => atNs >= freeze.fromNs && atNs < freeze.toNs)?.toNs ?? atNs;
  const freeFromNs: Ns[] = Array.from({ length: Math.min(connections, slots) }, () => 0);
  const count = Math.ceil((ratePerSec * durationNs) / NS_PER_SEC);
  const responses = Float64Array.from({ length: count }, (_, k) => {
    const dueNs = (k * NS_PER_SEC) / ratePerSec;
    const first = freeFromNs.indexOf(Math.min(...freeFromNs));
    const startNs = thawedNs(Math.max(dueNs, freeFromNs[first] ?? 0));
    const endNs = thawedNs(startNs + serviceOf(load, k));
    freeFromNs[first] = endNs;
    return endNs - dueNs;
  });
  return responses.sort();
}

function serviceOf({ serviceNs, slow }: KnownLoad, k: number): Ns {
  return slow !== undefined && (k + 1) % slow.every === 0 ? slow.serviceNs : serviceNs;
}
