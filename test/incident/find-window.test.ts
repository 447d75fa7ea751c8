import { describe, expect, it } from 'vitest';
import { findWindow } from '../../src/incident/index.ts';
import { shopRows, tableOf, type ShopTrouble } from './modelled-shop.ts';

const BEGIN_NS = 1_700_000_000_000_000_000n;
/** Between the traces of the shop. */
const GAP_NS = 10_000_000_000n;
const TRACES = 600;
const time = { fromEpochNs: BEGIN_NS, toEpochNs: BEGIN_NS + BigInt(TRACES) * GAP_NS };

/** Traces of which those from one number to another have a trouble. */
function tableWith(seed: number, trouble: ShopTrouble, from: number, to: number) {
  const numberOf = (epochNs: bigint): number => Number((epochNs - BEGIN_NS) / GAP_NS);
  const isIn = (epochNs: bigint): boolean => numberOf(epochNs) >= from && numberOf(epochNs) < to;
  return tableOf([
    ...shopRows(seed, TRACES).filter(({ startEpochNs }) => !isIn(startEpochNs)),
    ...shopRows(seed + 1_000, TRACES, trouble).filter(({ startEpochNs }) => isIn(startEpochNs)),
  ]);
}

describe('the window that stands out', () => {
  it.each<[string, ShopTrouble]>([
    ['is slower', { slow: { service: 'catalog', ms: 10 } }],
    ['fails', { failing: { service: 'cart', ratio: 0.3 } }],
  ])('is found where a time %s, to a part of the whole', (_what, trouble) => {
    const found = findWindow(tableWith(1, trouble, 300, 400), time, 1);
    const at = (number: number): number => Number(BEGIN_NS + BigInt(number) * GAP_NS);
    const part = 2 * Number(GAP_NS) * (TRACES / 60);
    expect(Math.abs(Number(found?.fromEpochNs) - at(300))).toBeLessThanOrEqual(part);
    expect(Math.abs(Number(found?.toEpochNs) - at(400))).toBeLessThanOrEqual(part);
    expect(found?.p).toBeLessThan(0.01);
  });

  it('is none where nothing changed, nearly always', () => {
    const found = Array.from({ length: 20 }, (_, i) =>
      findWindow(tableWith(i, {}, 0, 0), time, 1),
    ).filter((one) => one !== undefined);
    expect(found.length).toBeLessThanOrEqual(3);
  });

  it('is none where nothing was before it', () => {
    const last = shopRows(1, TRACES).filter(
      ({ startEpochNs }) => startEpochNs >= BEGIN_NS + BigInt(TRACES - 20) * GAP_NS,
    );
    expect(last.length).toBeGreaterThan(0);
    expect(findWindow(tableOf(last), time, 1)).toBeUndefined();
  });

  it('is none without traces', () => {
    expect(findWindow(tableOf([]), time, 1)).toBeUndefined();
  });
});
