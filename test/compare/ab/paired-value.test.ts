import { describe, expect, it } from 'vitest';
import { pairedValue } from '../../../src/compare/index.ts';
import type { BaselineSubject } from '../../../src/gate/index.ts';
import { drawnSeconds, type DrawnLoad } from './ab-seconds.ts';

const P50: BaselineSubject = { kind: 'percentile', percent: 50 };
const STEADY = { seed: 1, seconds: 60, calls: 100, shift: 0 };

function ask(load: Partial<DrawnLoad>, of: BaselineSubject, factor = 1) {
  const found = pairedValue(drawnSeconds({ ...STEADY, ...load }), { of, factor });
  if (found === undefined) throw new Error('pairs tell it');
  return found;
}

describe('pairedValue', () => {
  it('has the same answer for a run whose seconds rise and fall for both', () => {
    const calm = drawnSeconds({ ...STEADY, shift: 8 });
    const moved = calm.map((second, i) => ({
      ...second,
      steps: second.steps.map(({ step, a, b }) => {
        const up = (side: typeof a) => ({
          ...side,
          // Every other second is 20% slower for both.
          response: new Map([...side.response].map(([at, n]) => [at + (i % 2) * 36, n])),
        });
        return { step, a: up(a), b: up(b) };
      }),
    }));
    for (const factor of [1, 1.02, 1.1]) {
      const [still, shaken] = [calm, moved].map((one) => pairedValue(one, { of: P50, factor }));
      const signs = (of: typeof still) => [of?.lower, of?.upper].map((end) => Math.sign(end ?? 0));
      expect(signs(shaken)).toEqual(signs(still));
    }
  });

  it('is sure of 4% more that it is more, and less than 10% more', () => {
    const more = ask({ shift: 8 }, P50);
    expect(more.lower).toBeGreaterThan(0);
    expect(more.value / more.baseline).toBeCloseTo(1.005 ** 8, 2);
    expect(ask({ shift: 8 }, P50, 1.1).upper).toBeLessThan(0);
    expect(ask({ shift: -8 }, P50, 0.9).lower).toBeGreaterThan(0);
  });

  it('knows nothing of a few seconds', () => {
    const few = ask({ seconds: 3 }, P50, 1.5);
    expect([few.lower, few.upper]).toEqual([-Infinity, Infinity]);
  });

  it('takes several steps together', () => {
    const seconds = drawnSeconds({ ...STEADY, shift: 8 });
    const twice = seconds.map((second) => ({
      ...second,
      steps: second.steps.flatMap((step) => [step, { ...step, step: 'again' }]),
    }));
    const [one, two] = [seconds, twice].map((all) => pairedValue(all, { of: P50, factor: 1 }));
    expect(two?.value).toBeCloseTo(one?.value ?? 0, 6);
    expect(two?.lower).toBeGreaterThan(0);
  });

  it('tells by how much more fail or are dropped, and no multiple of a share', () => {
    const errors = ask({ failed: { a: 0.01, b: 0.05 } }, { kind: 'errors' });
    expect(errors.lower).toBeGreaterThan(0);
    expect(errors.value - errors.baseline).toBeCloseTo(0.04, 1);
    expect(ask({ dropped: { a: 0, b: 10 } }, { kind: 'dropped' }).lower).toBeGreaterThan(0);
    const seconds = drawnSeconds(STEADY);
    expect(pairedValue(seconds, { of: { kind: 'errors' }, factor: 1.1 })).toBeUndefined();
    expect(pairedValue(seconds, { of: { kind: 'calls' }, factor: 1 })).toBeUndefined();
    expect(pairedValue(seconds, { of: P50, factor: 0 })).toBeUndefined();
  });

  it('says that calls were cut off below the percentile', () => {
    const cut = drawnSeconds(STEADY).map((second) => ({
      ...second,
      steps: second.steps.map((step) => ({
        ...step,
        b: { ...step.b, cutOff: new Map([[3_200, 1]]) },
      })),
    }));
    expect(pairedValue(cut, { of: P50, factor: 1 })).toMatchObject({ isCutOff: true });
  });
});
