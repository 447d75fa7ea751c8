import { describe, expect, it } from 'vitest';
import { rngFrom } from '../../src/core/index.ts';
import { findIncident, type Incident } from '../../src/incident/index.ts';
import { ShareOfTraces } from '../../src/sampling/index.ts';
import type { SpanRow, SpanTable } from '../../src/spans/index.ts';
import { shop, shopRows, tableOf, type ShopTrouble } from './modelled-shop.ts';

const TRACES = 600;
const RATIO = 0.1;
/** Some 1 of 100 traces of a shop that is well take as long. */
const SLOW_NS = 32_000_000n;

/** A shop as a tail sampler leaves it: what failed or was slow, and a share of the others. */
function sampledShop(seed: number, traces: number, trouble: ShopTrouble = {}): SpanTable {
  const share = new ShareOfTraces(RATIO);
  const rng = rngFrom(seed, 'sampled');
  const byTrace = Map.groupBy(shopRows(seed, traces, trouble), ({ traceId }) => traceId);
  return tableOf(
    [...byTrace.values()].flatMap((rows): readonly SpanRow[] => {
      const isKept = rows.some(
        (row) => row.status === 'Error' || (row.parentSpanId === '' && row.durationNs >= SLOW_NS),
      );
      const traceState = share.stateOf(Math.floor(rng.nextFloat() * 2 ** 48), '');
      if (isKept) return rows;
      return traceState === undefined ? [] : rows.map((row) => ({ ...row, traceState }));
    }),
  );
}

const SIDES = [
  ['a sample against all', shop, sampledShop],
  ['all against a sample', sampledShop, shop],
  ['a sample against another', sampledShop, sampledShop],
] as const;

describe.each(SIDES)('%s', (_what, baselineOf, windowOf) => {
  it('shows no change where nothing changed', () => {
    // A part of all traces fails all the time, and all of those are kept.
    const usual = { failing: { service: 'prices', ratio: 0.02 } };
    const found = Array.from({ length: 40 }, (_, i) =>
      findIncident(baselineOf(2 * i + 1, TRACES, usual), windowOf(2 * i + 2, TRACES, usual), {
        seed: 1,
      }),
    ).filter(({ isExplained }) => isExplained);
    expect(found.length).toBeLessThanOrEqual(4);
  });

  it.each([
    ['slower-inside', 'cart', { slow: { service: 'cart', ms: 5 } }],
    ['network-around', 'prices', { networkTo: { service: 'prices', ms: 5 } }],
    ['errors-begin', 'prices', { failing: { service: 'prices', ratio: 0.05 } }],
    ['called-more', 'front', { catalogCalls: 6 }],
    ['calls-missing', 'catalog', { stopped: 'catalog' }],
  ] as const)('finds %s at the %s', (kind, service, trouble) => {
    const incident = findIncident(baselineOf(5, TRACES), windowOf(6, TRACES, trouble), { seed: 1 });
    expect(incident.causes[0]).toMatchObject({ service, kind, isProven: true });
  });

  it('counts traces as all that there were, errors exactly', () => {
    const trouble = { failing: { service: 'prices', ratio: 0.05 } };
    const all = rootOf(findIncident(shop(7, TRACES), shop(8, TRACES, trouble), { seed: 1 }));
    const seen = rootOf(
      findIncident(baselineOf(7, TRACES), windowOf(8, TRACES, trouble), { seed: 1 }),
    );
    expect(seen.window.errorCount).toBe(all.window.errorCount);
    for (const side of ['baseline', 'window'] as const) {
      const deviation = Math.sqrt((TRACES * (1 - RATIO)) / RATIO);
      expect(Math.abs(seen[side].count - TRACES)).toBeLessThan(3 * deviation);
      expect(seen[side].medianNs ?? 0).toBeGreaterThan(0.8 * (all[side].medianNs ?? 0));
      expect(seen[side].medianNs ?? 0).toBeLessThan(1.25 * (all[side].medianNs ?? 0));
    }
  });
});

function rootOf({ roots }: Incident): Incident['roots'][number] {
  const [root] = roots;
  if (root === undefined) throw new Error('no root');
  return root;
}
