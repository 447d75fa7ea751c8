import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineBudget } from '../../src/advise/deadline-budget.ts';
import { NS_PER_MS } from '../../src/core/index.ts';
import type { CallStages } from '../../src/spans/index.ts';

const MS = NS_PER_MS;
const BUY = edge('web', 'front', 'buy', [300, 650]);
const STOCK = edge('front', 'stock', 'read', [100, 120]);
const PRICE = edge('front', 'price', 'read price', [80, 90]);
const PAY = edge('front', 'pay', 'charge', [200, 250]);
const EDGES = [BUY, STOCK, PRICE, PAY];

describe('a deadline budget', () => {
  it('adds up calls one after another, and takes the longest of those beside each other', () => {
    const budget = deadlineBudget(BUY, EDGES, [
      stages([[called(STOCK), called(PRICE)], [called(PAY)]], 5),
    ]);
    expect(budget).toMatchObject({
      neededNs: (120 + 250 + 5) * MS,
      localNs: 5 * MS,
      passedByNs: 75 * MS,
      calls: [{ callee: 'stock' }, { callee: 'pay' }],
      longest: { callee: 'pay', operation: 'charge', totalTimeoutNs: 250 * MS },
      unknown: [],
    });
  });

  it('is kept where there is time for all', () => {
    const budget = deadlineBudget(BUY, EDGES, [stages([[called(STOCK), called(PAY)]], 5)]);
    expect(budget).toMatchObject({ neededNs: 255 * MS, passedByNs: 0 });
  });

  it('goes by the way that needs most, but for one that is hardly ever gone', () => {
    const all = stages([[called(STOCK)]], 0);
    const rare = { count: 1, stages: [[called(PAY)], [called(PAY)]] };
    const often = { ...rare, count: 20 };
    const of = (pattern: CallStages['patterns'][number]) =>
      deadlineBudget(BUY, EDGES, [
        { ...all, requests: 10_000, patterns: [...all.patterns, pattern] },
      ])?.neededNs;
    expect(of(rare)).toBe(120 * MS);
    expect(of(often)).toBe(500 * MS);
  });

  it('names the calls of which no timeout is known', () => {
    const unknown = { callee: 'mail', operation: 'send' };
    const budget = deadlineBudget(BUY, EDGES, [stages([[unknown], [called(STOCK)]], 1)]);
    expect(budget).toMatchObject({ neededNs: 121 * MS, unknown: [unknown] });
  });

  it('finds a target of another name than its service, and nothing where no trace tells', () => {
    const api = { ...BUY, callee: 'api' };
    const own = stages([[called(PAY)]], 1);
    expect(deadlineBudget(api, [api, PAY], [own])?.neededNs).toBe(251 * MS);
    expect(deadlineBudget(BUY, EDGES, [])).toBeUndefined();
    expect(deadlineBudget(STOCK, EDGES, [own])).toBeUndefined();
  });

  it('never falls as a call takes longer or a stage is added', () => {
    const times = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 100 }), (totals, more) => {
        const edges = totals.map((ms, i) => edge('front', `s${i}`, 'read', [ms, ms]));
        const slower = edges.map((one, i) =>
          i === 0 ? edge('front', 's0', 'read', [1, (totals[0] ?? 0) + more]) : one,
        );
        const own = stages(
          edges.map((one) => [called(one)]),
          1,
        );
        const short = stages(
          edges.slice(1).map((one) => [called(one)]),
          1,
        );
        const need = (all: typeof edges, by: CallStages): number =>
          deadlineBudget(BUY, [BUY, ...all], [by])?.neededNs ?? 0;
        return (
          need(slower, own) === need(edges, own) + more * MS &&
          need(edges, own) >= need(edges, short)
        );
      }),
    );
  });
});

function edge(
  caller: string,
  callee: string,
  operation: string,
  [attemptMs, totalMs]: readonly [number, number],
) {
  const policy = { attemptTimeoutNs: attemptMs * MS, totalTimeoutNs: totalMs * MS };
  return { caller, callee, operation, policy };
}

function called({ callee, operation }: { readonly callee: string; readonly operation: string }) {
  return { callee, operation };
}

function stages(of: CallStages['patterns'][number]['stages'], localMs: number): CallStages {
  return {
    ...{ caller: 'web', operation: 'buy', callee: 'front' },
    ...{ requests: 100, localNs: localMs * MS, patterns: [{ count: 100, stages: of }] },
  };
}
