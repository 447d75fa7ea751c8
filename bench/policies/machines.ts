import { hashText, NS_PER_MS, NS_PER_SEC, OK, rngFrom } from '../../src/core/index.ts';
import {
  Backoff,
  type BalanceSpec,
  balancerFor,
  Breaker,
  Bulkhead,
  EndpointHealth,
  HedgeDelay,
  isIdempotent,
  KeyedLimit,
  mayRetry,
  attemptFailure,
  RetryBudget,
  TokenBucket,
} from '../../src/resilience/index.ts';
import { BREAKER, BULKHEAD, HEALTH, HEDGE, LIMIT, RETRY } from './figures.ts';
import { STEP_NS, type Subject } from './subject.ts';

const ENDPOINTS = ['a', 'b', 'c', 'd', 'e'].map((name) => `http://${name}:80`);
const USERS = 1_000;
const BALANCES: readonly BalanceSpec[] = [
  { by: 'round-robin' },
  { by: 'weighted', weights: [5, 4, 3, 2, 1] },
  { by: 'random' },
  { by: 'least-connections' },
  { by: 'least-response-time' },
  { by: 'two-choices' },
  { by: 'source-hash' },
  { by: 'consistent-hash' },
];

/** Returns each machine by itself, as a call that goes well uses it. */
export function machines(): Subject[] {
  const budget = new RetryBudget(RETRY.budget);
  const backoff = new Backoff(RETRY.backoff, rngFrom(1, 'backoff'));
  const breaker = new Breaker(BREAKER);
  const bulkhead = new Bulkhead(BULKHEAD);
  const bucket = new TokenBucket(LIMIT.ratePerSec, LIMIT.burst);
  const limit = new KeyedLimit(LIMIT);
  const hedge = new HedgeDelay(HEDGE);
  const health = new EndpointHealth(HEALTH, ENDPOINTS.length);
  const rng = rngFrom(1, 'took');
  const tookNs = Float64Array.from({ length: 1_024 }, () =>
    Math.round(-Math.log1p(-rng.nextFloat()) * 10 * NS_PER_MS),
  );
  return [
    perCall('retry budget: call, take', (_, nowNs) => {
      budget.call(nowNs);
      return budget.take(nowNs);
    }),
    perCall('backoff: wait', (i) => backoff.waitNs((i & 3) + 1) > 0),
    perCall('retry decision', (i) => {
      const failure = attemptFailure(i % 10 === 0 ? 1 : OK, true);
      return failure !== undefined && mayRetry(RETRY.on, failure, 503, isIdempotent('GET'));
    }),
    perCall('breaker: allow, settled', (i, nowNs) => {
      const ticket = breaker.allow(nowNs);
      breaker.settled(ticket, i % 10 === 0, NS_PER_MS, nowNs);
      return ticket > 0;
    }),
    perCall('bulkhead: enter, leave', () => bulkhead.enter() === 'in' && !bulkhead.leave()),
    perCall('token bucket: take', (_, nowNs) => bucket.take(nowNs)),
    perCall(`limit by key: take, ${USERS} users`, (i, nowNs) => limit.take(i % USERS, nowNs)),
    perCall('hedge: call, delay, record', (i) => {
      hedge.call();
      const isKnown = hedge.delayNs() < Infinity;
      hedge.record(tookNs[i & 1_023] ?? 0);
      return isKnown;
    }),
    perCall('health: usable, attempted', (i, nowNs) => {
      health.attempted(i % 5, i % 10 === 0, nowNs);
      return health.usable(nowNs)[i % 5] === 1;
    }),
    ...BALANCES.map((spec) => balancing(spec)),
  ];
}

function balancing(spec: BalanceSpec): Subject {
  const balancer = balancerFor(spec, ENDPOINTS, rngFrom(1, 'balance'));
  const usable = new Uint8Array(ENDPOINTS.length).fill(1);
  const request = { tried: [], keyHash: hashText('user') };
  return perCall(`${spec.by}: pick, begun, ended, of ${ENDPOINTS.length}`, (i, nowNs) => {
    request.keyHash = (request.keyHash + i) | 0;
    const endpoint = balancer.pick(usable, request, nowNs);
    balancer.begun(endpoint);
    balancer.ended(endpoint, NS_PER_MS, false, nowNs);
    return endpoint === 0;
  });
}

function perCall(name: string, once: (i: number, nowNs: number) => boolean): Subject {
  let nowNs = NS_PER_SEC;
  return {
    name,
    group: name,
    run(calls) {
      let count = 0;
      for (let i = 0; i < calls; i++) {
        nowNs += STEP_NS;
        if (once(i, nowNs)) count++;
      }
      return count;
    },
  };
}
