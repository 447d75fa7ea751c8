import type { Rng } from '../../core/index.ts';
import type { BalanceSpec } from '../policy.ts';
import type { Balancer } from './balancer.ts';
import { ConsistentHash } from './consistent-hash.ts';
import { LeastConnections } from './least-connections.ts';
import { LeastResponseTime } from './least-response-time.ts';
import { Random } from './random.ts';
import { RoundRobin } from './round-robin.ts';
import { SourceHash } from './source-hash.ts';
import { TwoChoices } from './two-choices.ts';
import { Weighted } from './weighted.ts';

/** Returns the balancer of a target, for its endpoints by their addresses. */
export function balancerFor(spec: BalanceSpec, endpoints: readonly string[], rng: Rng): Balancer {
  switch (spec.by) {
    case 'round-robin':
      return new RoundRobin();
    case 'weighted':
      return new Weighted(spec.weights);
    case 'random':
      return new Random(rng);
    case 'least-connections':
      return new LeastConnections(endpoints.length);
    case 'least-response-time':
      return new LeastResponseTime(endpoints.length);
    case 'two-choices':
      return new TwoChoices(endpoints.length, rng);
    case 'source-hash':
      return new SourceHash(endpoints.length);
    case 'consistent-hash':
      return new ConsistentHash(endpoints);
  }
}
