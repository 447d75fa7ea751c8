import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_SEC } from '../../../src/core/index.ts';
import { renderLive, type LiveState } from '../../../src/report/index.ts';

const STATE: LiveState = {
  elapsedNs: 12 * NS_PER_SEC,
  totalNs: 40 * NS_PER_SEC,
  phase: 'steady',
  wantedPerSec: 400,
  achievedPerSec: 399.2,
  p50Ns: 12.3e6,
  p99Ns: 41.2e6,
  errors: 0,
  inFlight: 7,
  dropped: 0,
  activeFaults: ['payment-stall'],
};

describe('the live line', () => {
  it('says it all where there is room', () => {
    expect(renderLive(STATE, 130)).toBe(
      '━━━━╌╌╌╌╌╌╌╌  12/40 s  steady  !payment-stall  399 of 400/s  p50 ~12.3 ms  p99 ~41.2 ms' +
        '  in flight 7  errors 0  dropped 0',
    );
  });

  it('counts the iterations of a phase that ends with them', () => {
    const state = { ...STATE, iterations: { made: 15_000, all: 20_000 }, activeFaults: [] };
    expect(renderLive(state, 60)).toBe(
      '━━━━━━━━━╌╌╌  15,000 of 20,000  steady  399 of 400/s  p99 ~41.2 ms'.slice(14),
    );
    expect(renderLive(state, 200)).toMatch(/^━{9}╌{3} {2}15,000 of 20,000 {2}steady /u);
  });

  it('leaves the least out first, and keeps trouble to the last', () => {
    expect(renderLive(STATE, 40)).toBe('12/40 s  399 of 400/s  p99 ~41.2 ms');
    expect(renderLive({ ...STATE, errors: 12, dropped: 3 }, 52)).toBe(
      '12/40 s  399 of 400/s  errors 12  dropped 3',
    );
  });

  it('has no percentiles before the first answer', () => {
    const line = renderLive({ ...STATE, p50Ns: undefined, p99Ns: undefined }, 120);
    expect(line).not.toContain('p50');
    expect(line).not.toContain('p99');
  });

  it('fills its bar at the end and not past it', () => {
    expect(renderLive({ ...STATE, elapsedNs: 41 * NS_PER_SEC }, 120)).toMatch(/^━{12} {2}41 s/u);
    expect(renderLive({ ...STATE, elapsedNs: -1, totalNs: 0 }, 120)).toMatch(/^━{12} {2}0 s/u);
  });

  it('is one line, never wider than the terminal', () => {
    const state = fc.record({
      ...Object.fromEntries(Object.entries(STATE).map(([key, value]) => [key, fc.constant(value)])),
      phase: fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
      errors: fc.nat(),
      dropped: fc.nat(),
      p99Ns: fc.option(fc.nat(), { nil: undefined }),
    }) as fc.Arbitrary<LiveState>;
    fc.assert(
      fc.property(state, fc.integer({ min: 1, max: 200 }), (live, width) => {
        const line = renderLive(live, width);
        return Array.from(line).length <= width && !line.includes('\n');
      }),
    );
  });
});
