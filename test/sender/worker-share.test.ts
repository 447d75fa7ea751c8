import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicySpec } from '../../src/resilience/index.ts';
import { asReady, parseScenario, type ReadyScenario } from '../../src/scenario/index.ts';
import { shareOf } from '../../src/schedule/index.ts';
import { workerCount } from '../../src/sender/worker-count.ts';
import { workerShare } from '../../src/sender/worker-share.ts';

function scenarioOf(load: string, engine = '', policy = ''): ReadyScenario {
  const text = `name: shared
targets: { site: { url: "http://127.0.0.1:1", connections: 64 } }
flows: { browse: [{ step: home, target: site, http: { path: / }${policy} }] }
load:
${load}
engine: { ${engine} }
`;
  return asReady(parseScenario(text, 'shared.yaml'));
}

const USERS = '  - { phase: steady, users: 10, iterations: 25, for: 5s }';

describe('shareOf', () => {
  it('gives parts that add up to the whole and differ by one at most', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 64 }), (whole, count) => {
        const parts = Array.from({ length: count }, (_, index) => shareOf(whole, { index, count }));
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(whole);
        expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('workerShare', () => {
  it('shares connections, calls in flight, users and iterations out exactly', () => {
    const scenario = scenarioOf(USERS, 'maxInFlight: 100');
    const parts = [0, 1, 2].map((index) => workerShare(scenario, { index, count: 3 }));
    expect(parts.map((part) => part.targets[0]?.connections)).toEqual([22, 21, 21]);
    expect(parts.map((part) => part.engine.maxInFlight)).toEqual([34, 33, 33]);
    expect(parts.map((part) => part.load[0]?.users?.count)).toEqual([4, 3, 3]);
    expect(parts.map((part) => part.load[0]?.users?.iterations)).toEqual([9, 8, 8]);
  });

  it('gives iterations only to workers that have a user to make them', () => {
    const scenario = scenarioOf('  - { phase: steady, users: 2, iterations: 7, for: 5s }');
    const parts = [0, 1, 2].map((index) => workerShare(scenario, { index, count: 3 }));
    expect(parts.map((part) => part.load[0]?.users?.count)).toEqual([1, 1, 0]);
    expect(parts.map((part) => part.load[0]?.users?.iterations)).toEqual([4, 3, 0]);
  });
});

describe('workerShare of a policy', () => {
  const shared = (policy: string): readonly (PolicySpec | undefined)[] => {
    const scenario = scenarioOf(USERS, '', `, policy: { ${policy} }`);
    return [0, 1, 2].map(
      (index) => workerShare(scenario, { index, count: 3 }).flows[0]?.steps[0]?.policy,
    );
  };

  it('shares out what it lets through at once and in a second', () => {
    const parts = shared('bulkhead: { calls: 5, waiting: 4 }, rateLimit: { rate: 30/s, burst: 6 }');
    expect(parts.map((part) => part?.bulkhead?.calls)).toEqual([2, 2, 1]);
    expect(parts.map((part) => part?.bulkhead?.waiting)).toEqual([2, 1, 1]);
    expect(parts.map((part) => part?.rateLimit?.ratePerSec)).toEqual([10, 10, 10]);
    expect(parts.map((part) => part?.rateLimit?.burst)).toEqual([2, 2, 2]);
  });

  it('leaves each worker a place and a token, and each user a rate of their own', () => {
    const [few] = shared('bulkhead: { calls: 1 }, rateLimit: { rate: 3/s, burst: 1 }');
    expect([few?.bulkhead?.calls, few?.rateLimit?.burst]).toEqual([1, 1]);
    const [own] = shared('rateLimit: { rate: 3/s, burst: 2, by: user }');
    expect(own?.rateLimit).toMatchObject({ ratePerSec: 3, burst: 2 });
  });
});

describe('workerCount', () => {
  const rate = (perSec: number): string =>
    `  - { phase: steady, arrivals: { rate: ${perSec}/s }, for: 5s }`;

  it('is what the scenario says', () => {
    expect(workerCount(scenarioOf(rate(10), 'workers: 3'), 2)).toBe(3);
  });

  it('follows the highest rate as far as the cores go', () => {
    expect(workerCount(scenarioOf(rate(30_000)), 16)).toBe(1);
    expect(workerCount(scenarioOf(rate(100_000)), 16)).toBe(4);
    expect(workerCount(scenarioOf(rate(100_000)), 4)).toBe(2);
    expect(workerCount(scenarioOf(rate(100_000)), 1)).toBe(1);
    expect(workerCount(scenarioOf(USERS), 16)).toBe(1);
  });

  it('is one where a step has a policy, unless the scenario says otherwise', () => {
    const policy = ', policy: { bulkhead: { calls: 5 } }';
    expect(workerCount(scenarioOf(rate(100_000), '', policy), 16)).toBe(1);
    expect(workerCount(scenarioOf(rate(100_000), 'workers: 2', policy), 16)).toBe(2);
  });
});
