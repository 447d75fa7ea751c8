import {
  bulkhead,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  SamplingBreaker,
  wrap,
} from 'cockatiel';
import CircuitBreaker from 'opossum';
import { msFromNs, secFromNs } from '../../src/core/index.ts';
import { BREAKER, BULKHEAD, RETRY } from './figures.ts';
import type { Subject } from './subject.ts';

/** An action that is over at once, so that all that is measured is what stands around it. */
const action = async (): Promise<number> => 1;

/** Returns what cockatiel and opossum make of the same figures, each in the group of ours. */
export function peerPolicies(groups: {
  readonly breaker: string;
  readonly bulkhead: string;
  readonly chain: string;
}): Subject[] {
  const breakerOf = (): ReturnType<typeof circuitBreaker> =>
    circuitBreaker(handleAll, {
      halfOpenAfter: msFromNs(BREAKER.sleepNs),
      breaker: new SamplingBreaker({
        threshold: BREAKER.failureRatio,
        duration: msFromNs(BREAKER.windowNs),
        minimumRps: BREAKER.volume / secFromNs(BREAKER.windowNs),
      }),
    });
  const breaker = breakerOf();
  const wall = bulkhead(BULKHEAD.calls, BULKHEAD.waiting);
  const chain = wrap(
    bulkhead(BULKHEAD.calls, BULKHEAD.waiting),
    retry(handleAll, {
      maxAttempts: RETRY.attempts - 1,
      backoff: new ExponentialBackoff({
        initialDelay: msFromNs(RETRY.backoff.baseNs),
        maxDelay: msFromNs(RETRY.backoff.capNs),
      }),
    }),
    breakerOf(),
  );
  const opossum = new CircuitBreaker(action, {
    timeout: 0,
    volumeThreshold: BREAKER.volume,
  });
  return [
    awaited('cockatiel: circuitBreaker', groups.breaker, () => breaker.execute(action)),
    awaited('opossum: fire', groups.breaker, () => opossum.fire()),
    awaited('cockatiel: bulkhead', groups.bulkhead, () => wall.execute(action)),
    awaited('cockatiel: bulkhead, retry, circuitBreaker', groups.chain, () =>
      chain.execute(action),
    ),
    awaited('the awaited action alone', groups.chain, action),
  ];
}

function awaited(name: string, group: string, once: () => Promise<unknown>): Subject {
  return {
    name,
    group,
    async run(calls) {
      let count = 0;
      for (let i = 0; i < calls; i++) if ((await once()) === 1) count++;
      return count;
    },
  };
}
