import { describe, expect, it } from 'vitest';

import type { CapacityResult } from '../../src/capacity/index.ts';
import { NS_PER_MS, type Rng } from '../../src/core/index.ts';
import type { CapacitySpec } from '../../src/scenario/index.ts';
import {
  cappedServer,
  queueingServer,
  searchSpec,
  simulateSearch,
  type SimulatedServer,
} from './simulated-server.ts';

const SEEDS = 100;
/** What the method promises of a hundred. */
const HELD_MIN = 95;

interface Known {
  readonly name: string;
  readonly spec: CapacitySpec;
  readonly newServer: () => SimulatedServer;
  readonly capacityPerSec: number;
  /** The bracket's ends as a ratio, the median over all seeds. */
  readonly widthMax: number;
}

const SERVERS: readonly Known[] = [
  {
    name: 'one exponential server (M/M/1)',
    spec: searchSpec({ objective: 'call.response p(95) < 50ms' }),
    newServer: () => queueingServer(1, exponential(8 * NS_PER_MS)),
    // P(response > t) = exp(-(mu - lambda) t)
    capacityPerSec: 125 - Math.log(20) / 0.05,
    widthMax: 1.6,
  },
  {
    name: 'one server of constant time (M/D/1)',
    spec: searchSpec({ objective: 'call.response p(95) < 50ms' }),
    newServer: () => queueingServer(1, () => 5 * NS_PER_MS),
    capacityPerSec: constantServerCapacity(5 * NS_PER_MS, 50 * NS_PER_MS, 0.95),
    widthMax: 1.2,
  },
  {
    name: 'four exponential servers with one queue (M/M/4)',
    spec: searchSpec({ objective: 'call.response p(90) < 120ms' }),
    newServer: () => queueingServer(4, exponential(40 * NS_PER_MS)),
    capacityPerSec: fourServersCapacity(25, 0.12, 0.9),
    widthMax: 1.35,
  },
  {
    name: 'a server that refuses what is past a cap',
    spec: searchSpec({ objective: 'call.errors rate < 5%', process: 'constant' }),
    newServer: () => cappedServer(300),
    capacityPerSec: 300 / 0.95,
    widthMax: 1.12,
  },
  {
    name: 'a server whose objective is met until its queue no longer holds',
    spec: searchSpec({ objective: 'call.response p(50) < 30s', fromPerSec: 30 }),
    newServer: () => queueingServer(1, () => 5 * NS_PER_MS),
    capacityPerSec: 200,
    widthMax: 1.2,
  },
];

describe('a search against a server of known capacity', () => {
  it.each(SERVERS)('brackets that of $name', async (known) => {
    const results: CapacityResult[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      results.push((await simulateSearch(known.spec, known.newServer, seed)).result);
    }
    const held = results.filter((result) => holds(result, known.capacityPerSec)).length;
    const widths = results.map(widthOf).sort((a, b) => a - b);
    expect(held).toBeGreaterThanOrEqual(HELD_MIN);
    expect(widths[SEEDS / 2]).toBeLessThan(known.widthMax);
  });
});

/**
 * An end a hundredth beside the capacity is the capacity: no sample of a minute tells them apart.
 */
function holds({ met, missed }: CapacityResult, perSec: number): boolean {
  const from = (met?.ratePerSec ?? Infinity) * 0.99;
  return from <= perSec && perSec <= (missed?.ratePerSec ?? 0) * 1.01;
}

function widthOf({ met, missed }: CapacityResult): number {
  return (missed?.ratePerSec ?? Infinity) / (met?.ratePerSec ?? 1);
}

function exponential(meanNs: number): (rng: Rng) => number {
  return (rng) => -Math.log1p(-rng.nextFloat()) * meanNs;
}

/** P(wait <= x) of M/D/1, by Erlang; the rate at which it falls to the ratio. */
function constantServerCapacity(serviceNs: number, limitNs: number, ratio: number): number {
  const x = limitNs - serviceNs;
  return lastRate(1e9 / serviceNs, (perSec) => {
    const lambda = perSec / 1e9;
    let sum = 0;
    for (let k = 0; k * serviceNs <= x; k++) {
      const a = lambda * (k * serviceNs - x);
      sum += (a ** k / factorial(k)) * Math.exp(-a);
    }
    return (1 - lambda * serviceNs) * sum >= ratio;
  });
}

/** P(response > t) of M/M/4: the wait with Erlang's C, then the service. */
function fourServersCapacity(mu: number, limitSec: number, ratio: number): number {
  return lastRate(4 * mu, (lambda) => {
    const a = lambda / mu;
    const busy = a ** 4 / 24 / (1 - a / 4);
    const delayed = busy / (1 + a + a ** 2 / 2 + a ** 3 / 6 + busy);
    const theta = 4 * mu - lambda;
    const served = Math.exp(-mu * limitSec);
    const waited = (theta * served - mu * Math.exp(-theta * limitSec)) / (theta - mu);
    return (1 - delayed) * served + delayed * waited <= 1 - ratio;
  });
}

function lastRate(topPerSec: number, holdsAt: (perSec: number) => boolean): number {
  let [low, high] = [0, topPerSec];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (holdsAt(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
