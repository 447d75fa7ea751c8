import { describe, expect, it } from 'vitest';
import { rngFrom } from '../../src/core/index.ts';
import { findIncident } from '../../src/incident/index.ts';
import type { SpanRow, SpanTable } from '../../src/spans/index.ts';
import { shopRows, tableOf, type ShopTrouble } from './modelled-shop.ts';

const TRACES = 200;
const BURST_TRACES = 10;

/** A shop in which some traces in a row have a slow cart, in whatever window. */
function burstyShop(seed: number): SpanTable {
  const rng = rngFrom(seed, 'bursts');
  const calm = Map.groupBy(shopRows(seed, TRACES), ({ traceId }) => traceId);
  const slow = Map.groupBy(
    shopRows(seed, TRACES, { slow: { service: 'cart', ms: 20 } }),
    ({ traceId }) => traceId,
  );
  let isBurst = false;
  return tableOf(
    [...calm.keys()].flatMap((traceId, i) => {
      if (i % BURST_TRACES === 0) isBurst = rng.nextFloat() < 0.15;
      return (isBurst ? slow : calm).get(traceId) ?? [];
    }),
  );
}

it('takes a burst of slow traces for one thing that happened', () => {
  const pairs = 30;
  const found = Array.from({ length: pairs }, (_, i) =>
    findIncident(burstyShop(2 * i + 1), burstyShop(2 * i + 2), { seed: 1 }),
  ).filter(({ isExplained }) => isExplained);
  expect(found.length).toBeLessThanOrEqual(3);
});

describe('calls that run at the same time', () => {
  /** One operation that calls two others at once; `swapped` of 100 traces begin with the second. */
  function fanOut(swapped: number, lost = 0): SpanTable {
    const rows = Array.from({ length: 100 }, (_, i): SpanRow[] => {
      const traceId = (i + 1).toString(16).padStart(32, '0');
      const epochNs = 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000_000n;
      const span = (id: number, part: Partial<SpanRow> & { atNs: number }): SpanRow => ({
        traceId,
        spanId: (16 * i + id + 1).toString(16).padStart(16, '0'),
        parentSpanId: id === 0 ? '' : (16 * i + 1).toString(16).padStart(16, '0'),
        kind: 'Internal',
        status: 'Unset',
        durationNs: 5_000_000n,
        attributes: {},
        resourceAttributes: {},
        serviceName: 'front',
        name: 'publish',
        startEpochNs: epochNs + BigInt(part.atNs),
        ...part,
      });
      // Of both orders the first comes more often: the usual one.
      const isSwapped = (i * 37) % 100 < swapped;
      const [mailNs, postNs] = isSwapped ? [2_000, 1_000] : [1_000, 3_000];
      return [
        span(0, { atNs: 0, durationNs: 6_000_000n }),
        span(1, { atNs: mailNs, serviceName: 'mail', name: 'send' }),
        ...(i < lost ? [] : [span(2, { atNs: postNs, serviceName: 'post', name: 'ship' })]),
      ];
    });
    return tableOf(rows.flat());
  }

  it('do not stop after the one or the other as chance has them begin', () => {
    const { causes } = findIncident(fanOut(20), fanOut(60), { seed: 1 });
    const stopped = causes.flatMap(({ evidence }) =>
      evidence.filter(({ kind }) => kind === 'calls-missing'),
    );
    expect(stopped).toEqual([]);
  });

  it('are missed where one of them is not made any more', () => {
    const [first] = findIncident(fanOut(20), fanOut(60, 50), { seed: 1 }).causes;
    expect(first).toMatchObject({ kind: 'calls-missing', isProven: true });
  });
});

describe('a time in which everything is slower', () => {
  const SERVICES = ['front', 'cart', 'catalog', 'prices', 'payment'];

  /** Every service works slower by some ms, the one by more and the other by less. */
  function slowerEverywhere(seed: number, trouble: ShopTrouble = {}): SpanTable {
    const rows = SERVICES.reduce(
      (all, service, i) => slowed(all, service, 1 + (i % 3) / 10),
      shopRows(seed, TRACES, trouble),
    );
    return tableOf(rows);
  }

  it('has no service that explains it', () => {
    const found = Array.from({ length: 20 }, (_, i) =>
      findIncident(tableOf(shopRows(i + 1, TRACES)), slowerEverywhere(i + 101), { seed: 1 }),
    ).filter(({ isExplained }) => isExplained);
    expect(found.length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['network-around', 'payment', { networkTo: { service: 'payment', ms: 40 } }],
    ['slower-inside', 'cart', { slow: { service: 'cart', ms: 20 } }],
  ] as const)(
    'still has a cause where one is slower than the others: %s %s',
    (kind, service, trouble) => {
      const baseline = tableOf(shopRows(1, TRACES));
      const [first] = findIncident(baseline, slowerEverywhere(101, trouble), { seed: 1 }).causes;
      expect(first).toMatchObject({ kind, service, isProven: true });
    },
  );

  /** Makes each SERVER span of a service begin so many ms earlier, and all above it. */
  function slowed(rows: readonly SpanRow[], service: string, ms: number): SpanRow[] {
    const addedNs = BigInt(Math.round(ms * 1_000_000));
    return [...Map.groupBy(rows, ({ traceId }) => traceId).values()].flatMap((trace) => {
      const parents = new Map(trace.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]));
      let all = trace;
      for (const own of trace) {
        if (own.serviceName !== service || own.kind !== 'Server') continue;
        const above = new Set<string>();
        for (let id: string | undefined = own.spanId; id; id = parents.get(id)) above.add(id);
        const endNs = (row: SpanRow): bigint => row.startEpochNs + row.durationNs;
        const ends = all.find(({ spanId }) => spanId === own.spanId);
        const atNs = ends === undefined ? 0n : endNs(ends);
        all = all.map((row) => {
          if (above.has(row.spanId)) return { ...row, durationNs: row.durationNs + addedNs };
          return row.startEpochNs >= atNs
            ? { ...row, startEpochNs: row.startEpochNs + addedNs }
            : row;
        });
      }
      return all;
    });
  }
});
