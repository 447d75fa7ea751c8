import { describe, expect, it } from 'vitest';
import { rngFrom } from '../../src/core/index.ts';
import { findIncident, type CauseKind, type Incident } from '../../src/incident/index.ts';
import { shop, shopRows, tableOf, type ShopTrouble } from './modelled-shop.ts';

const TRACES = 200;

function incidentOf(trouble: ShopTrouble, seed = 1): Incident {
  return findIncident(shop(seed, TRACES), shop(seed + 1_000, TRACES, trouble), { seed: 1 });
}

const TROUBLES: readonly [CauseKind, string, ShopTrouble][] = [
  ['slower-inside', 'cart', { slow: { service: 'cart', ms: 5 } }],
  ['slower-inside', 'prices', { slow: { service: 'prices', ms: 2 } }],
  ['slower-inside', 'front', { slow: { service: 'front', ms: 4 } }],
  ['network-around', 'payment', { networkTo: { service: 'payment', ms: 20 } }],
  ['network-around', 'prices', { networkTo: { service: 'prices', ms: 5 } }],
  ['network-around', 'catalog', { networkAround: { service: 'catalog', ms: 5 } }],
  ['network-around', 'front', { networkAround: { service: 'front', ms: 5 } }],
  ['errors-begin', 'prices', { failing: { service: 'prices', ratio: 0.2 } }],
  ['errors-begin', 'payment', { failing: { service: 'payment', ratio: 0.5 } }],
  ['called-more', 'front', { catalogCalls: 6 }],
  ['calls-missing', 'catalog', { stopped: 'catalog' }],
  ['attribute-value', 'cart', { slow: { service: 'cart', ms: 30, zone: 'us-1' } }],
];

describe('the first cause', () => {
  it.each(TROUBLES)('is %s at the %s', (kind, service, trouble) => {
    const { isExplained, causes } = incidentOf(trouble);
    expect(isExplained).toBe(true);
    expect(causes[0]).toMatchObject({ service, kind, isProven: true });
  });

  it('is the same for every order of the spans', () => {
    const trouble = { slow: { service: 'cart', ms: 5 } };
    const rows = shopRows(2, TRACES, trouble);
    const rng = rngFrom(3, 'order');
    const mixed = rows
      .map((row) => ({ row, place: rng.nextUint32() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ row }) => row);
    const baseline = shop(1, TRACES);
    const whole = findIncident(baseline, tableOf(rows), { seed: 1 });
    const other = findIncident(baseline, tableOf(mixed), { seed: 1 });
    expect(other.causes.map(({ service, kind }) => [service, kind])).toEqual(
      whole.causes.map(({ service, kind }) => [service, kind]),
    );
    expect(other.causes[0]?.harm).toBeCloseTo(whole.causes[0]?.harm ?? 0, 9);
    expect(other.causes[0]?.addedTime?.share).toBeCloseTo(
      whole.causes[0]?.addedTime?.share ?? 0,
      9,
    );
  });
});

it('says that nothing explains a change where nothing changed', () => {
  const found = Array.from({ length: 40 }, (_, i) => incidentOf({}, 2 * i + 1)).filter(
    ({ isExplained }) => isExplained,
  );
  // False discoveries among many windows: more than 5 of 100 would be too many.
  expect(found.length).toBeLessThanOrEqual(2);
});

it('says so too for windows that got better, and for empty ones', () => {
  const slow = shop(1, TRACES, { slow: { service: 'cart', ms: 5 } });
  expect(findIncident(slow, shop(2, TRACES), { seed: 1 }).isExplained).toBe(false);
  const empty = tableOf([]);
  expect(findIncident(empty, slow, { seed: 1 })).toMatchObject({ isExplained: false, causes: [] });
  expect(findIncident(slow, empty, { seed: 1 })).toMatchObject({ isExplained: false, causes: [] });
});

describe('what a cause says', () => {
  it('has most of the added time, inside its interval, the same for one seed', () => {
    const trouble = { slow: { service: 'cart', ms: 10 } };
    const [first] = incidentOf(trouble).causes;
    const share = first?.addedTime;
    expect(share?.share).toBeGreaterThan(0.8);
    expect(share?.low).toBeLessThanOrEqual(share?.share ?? 0);
    expect(share?.high).toBeGreaterThanOrEqual(share?.share ?? 1);
    expect(share?.perTrace).toBeGreaterThan(8e6);
    expect(share?.perTrace).toBeLessThan(12e6);
    expect(incidentOf(trouble).causes[0]).toEqual(first);
  });

  it('shares that add up to no more than all, for every trouble', () => {
    for (const [, , trouble] of TROUBLES) {
      const { causes } = incidentOf(trouble);
      for (const unit of ['addedTime', 'addedErrors', 'stopped'] as const) {
        const sum = causes.reduce((total, cause) => total + (cause[unit]?.share ?? 0), 0);
        expect(sum).toBeLessThanOrEqual(1 + 1e-9);
      }
    }
  });

  it('tells of retries beside the errors that they follow', () => {
    const trouble = { failing: { service: 'prices', ratio: 0.4 }, attempts: 3 };
    const { causes } = incidentOf(trouble);
    expect(causes[0]).toMatchObject({ service: 'prices', kind: 'errors-begin' });
    const retries = causes.find(({ service }) => service === 'catalog');
    expect(retries?.evidence.map(({ kind }) => kind)).toContain('retries-multiply');
  });

  it('names the value of an attribute that has the harm, and no value that all have', () => {
    const slow = { service: 'cart', ms: 30, zone: 'us-1' };
    const [first] = incidentOf({ slow }).causes;
    expect(first?.attributes[0]).toMatchObject({ key: 'cloud.zone', value: 'us-1' });
    expect(first?.attributes[0]?.badGivenValue).toBeGreaterThan(0.8);
    expect(first?.attributes[0]?.valueGivenBad).toBeGreaterThan(0.8);
    const [everywhere] = incidentOf({ slow: { service: 'cart', ms: 30 } }).causes;
    expect(everywhere?.attributes).toEqual([]);
  });

  it('names the fault that touched the bad calls, and spared others while it was active', () => {
    const trouble = { slow: { service: 'cart', ms: 30, zone: 'us-1' } };
    const rows = shopRows(1_001, TRACES, trouble).map((row) => {
      if (row.name !== 'Cart/Get' || row.kind !== 'Client') return row;
      const { 'cloud.zone': zone, ...others } = row.attributes;
      const active = { ...others, 'callgauge.fault.active': 'cart-slow' };
      const touched = { ...active, 'callgauge.fault': 'cart-slow' };
      return { ...row, attributes: zone === 'us-1' ? touched : active };
    });
    const [first] = findIncident(shop(1, TRACES), tableOf(rows), { seed: 1 }).causes;
    const fault = first?.attributes.find(({ key }) => key.endsWith('callgauge.fault'));
    expect(fault).toMatchObject({ value: 'cart-slow' });
    expect(fault?.valueGivenBad).toBeGreaterThan(0.8);
    expect(fault?.valueGivenGood).toBeLessThan(0.2);
    expect(first?.attributes.map(({ key }) => key)).not.toContain('callgauge.fault.active');
  });

  it('shows traces that have it', () => {
    const rows = shopRows(1_001, TRACES, { slow: { service: 'payment', ms: 50 } });
    const [first] = findIncident(shop(1, TRACES), tableOf(rows), { seed: 1 }).causes;
    expect(first?.examples).toHaveLength(3);
    for (const { traceId } of first?.examples ?? []) {
      expect(rows.some((row) => row.traceId === traceId && row.serviceName === 'payment')).toBe(
        true,
      );
    }
  });
});

it('counts what the traces lack', () => {
  const rows = shopRows(1, 10);
  const lost = rows.filter(
    ({ serviceName, kind }) => serviceName !== 'catalog' || kind !== 'Server',
  );
  const { window } = findIncident(tableOf(rows), tableOf(lost), { seed: 1 });
  expect(window).toMatchObject({ traces: 10, brokenTraces: 10, orphans: 20, spans: lost.length });
});
