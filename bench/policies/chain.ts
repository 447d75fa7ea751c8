import { hashText, NS_PER_MS, NS_PER_SEC, rngFrom } from '../../src/core/index.ts';
import {
  Backoff,
  type Balancer,
  balancerFor,
  Breaker,
  Bulkhead,
  EndpointHealth,
  HedgeDelay,
  KeyedLimit,
  mayRetry,
  REFUSED,
  RetryBudget,
} from '../../src/resilience/index.ts';
import { BREAKER, BULKHEAD, HEALTH, HEDGE, LIMIT, RETRY } from './figures.ts';
import { STEP_NS, type Subject } from './subject.ts';

const ENDPOINTS = ['http://a:80', 'http://b:80', 'http://c:80'];
const USERS = 1_000;

/**
 * All machines in the order of a policy's layers, around an attempt that takes no time: what a
 * caller pays for them. Nothing is waited for.
 */
class Chain {
  readonly #limit = new KeyedLimit(LIMIT);
  readonly #bulkhead = new Bulkhead(BULKHEAD);
  readonly #budget = new RetryBudget(RETRY.budget);
  readonly #backoff = new Backoff(RETRY.backoff, rngFrom(1, 'backoff'));
  readonly #hedge = new HedgeDelay(HEDGE);
  readonly #breaker = new Breaker(BREAKER);
  readonly #health = new EndpointHealth(HEALTH, ENDPOINTS.length);
  readonly #balancer: Balancer = balancerFor(
    { by: 'two-choices' },
    ENDPOINTS,
    rngFrom(1, 'balance'),
  );
  readonly #request = { tried: [] as number[], keyHash: hashText('user') };

  /** Returns whether the call went well. Its first attempt fails if `fails`. */
  call(user: number, fails: boolean, nowNs: number): boolean {
    if (!this.#limit.take(user, nowNs)) return false;
    if (this.#bulkhead.enter() !== 'in') return false;
    this.#budget.call(nowNs);
    this.#hedge.call();
    const { tried } = this.#request;
    if (tried.length > 0) tried.length = 0;
    let wentWell = this.#attempt(fails, nowNs);
    for (let retry = 1; !wentWell && retry < RETRY.attempts; retry++) {
      if (!mayRetry(RETRY.on, 'status', 503, true) || !this.#budget.take(nowNs)) break;
      wentWell = this.#backoff.waitNs(retry) >= 0 && this.#attempt(false, nowNs);
    }
    this.#bulkhead.leave();
    return wentWell;
  }

  #attempt(fails: boolean, nowNs: number): boolean {
    const ticket = this.#breaker.allow(nowNs);
    if (ticket === REFUSED) return false;
    const endpoint = this.#balancer.pick(this.#health.usable(nowNs), this.#request, nowNs);
    this.#balancer.begun(endpoint);
    // So long is a timer set for, where it is known.
    const isDue = this.#hedge.delayNs() < 0;
    this.#balancer.ended(endpoint, NS_PER_MS, fails, nowNs);
    this.#health.attempted(endpoint, fails, nowNs);
    this.#breaker.settled(ticket, fails, NS_PER_MS, nowNs);
    if (!fails) this.#hedge.record(NS_PER_MS);
    if (fails) this.#request.tried.push(endpoint);
    return !fails && !isDue;
  }
}

/** Returns the chain, of calls of which every `failsEvery`-th fails at first; 0 for none. */
export function chainOf(name: string, group: string, failsEvery: number): Subject {
  const chain = new Chain();
  let nowNs = NS_PER_SEC;
  return {
    name,
    group,
    run(calls) {
      let wentWell = 0;
      for (let i = 0; i < calls; i++) {
        nowNs += STEP_NS;
        const fails = failsEvery > 0 && i % failsEvery === 0;
        if (chain.call(i % USERS, fails, nowNs)) wentWell++;
      }
      return wentWell;
    },
  };
}
