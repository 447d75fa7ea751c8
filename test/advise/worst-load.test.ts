import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { worstLoads, type LayeredEdge } from '../../src/advise/worst-load.ts';

function edge(caller: string, callee: string, attempts: number): LayeredEdge {
  const retryOn = attempts > 1 ? ('transient' as const) : ('nothing' as const);
  return {
    caller,
    callee,
    policy: { attempts, retryOn, budget: { ratio: 0.1, minPerSec: 1, ttlNs: 10e9 } },
  };
}

describe('the worst load of an edge', () => {
  it('is the product of the attempts of all layers above', () => {
    const loads = worstLoads([edge('out', 'a', 3), edge('a', 'b', 2), edge('b', 'c', 3)]);
    expect(loads.map(({ attempts }) => attempts)).toEqual([3, 6, 18]);
    expect(loads[2]?.path).toEqual(['out', 'a', 'b', 'c']);
    expect(loads[2]?.withBudgets).toBeCloseTo(1.331);
  });

  it('takes the worst of several ways', () => {
    const edges = [edge('out', 'a', 1), edge('out', 'b', 3), edge('a', 'c', 2), edge('b', 'c', 2)];
    expect(worstLoads([...edges, edge('c', 'd', 2)]).at(-1)).toMatchObject({
      path: ['out', 'b', 'c', 'd'],
      attempts: 12,
    });
  });

  it('is not multiplied by connections that failed, nor by edges without a policy', () => {
    const onConnect = { ...edge('out', 'a', 2) };
    const policy = { ...onConnect.policy, retryOn: 'connect' } as const;
    const [, load] = worstLoads([
      { caller: 'out', callee: 'a', policy: { ...policy, attempts: 2, budget: BUDGET } },
      { caller: 'a', callee: 'b' },
    ]);
    expect(load).toMatchObject({ attempts: 1, withBudgets: 1 });
  });

  it('ends in every graph, circles too, and holds the own attempts at least', () => {
    const service = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const drawn = fc.tuple(service, service, fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 30 }), (edges) => {
        const layered = edges.map(([caller, callee, attempts]) => edge(caller, callee, attempts));
        for (const [i, load] of worstLoads(layered).entries()) {
          expect(load.attempts).toBeGreaterThanOrEqual(edges[i]?.[2] ?? 0);
          expect(load.path.at(-1)).toBe(edges[i]?.[1]);
        }
      }),
    );
  });
});

const BUDGET = { ratio: 0.1, minPerSec: 1, ttlNs: 10e9 };
