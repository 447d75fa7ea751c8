import { expect, it } from 'vitest';
import { outcomeClumps } from '../../src/analyze/clumped-outcomes.ts';
import { rngFrom, type HistogramSlice, type Outcome } from '../../src/core/index.ts';

function slice(second: number, outcome: Outcome, count: number): HistogramSlice {
  return {
    ...{ second, phase: 'steady', step: 'pay', target: 'shop', outcome, clock: 'response' },
    valueNs: [1e6],
    count: [count],
  };
}

/** 60 s of 200 calls, of which so many end as failures or timeouts. */
function run(of: (second: number) => { status?: number; timeout?: number }): HistogramSlice[] {
  return Array.from({ length: 60 }, (_, second) => second).flatMap((second) => {
    const { status = 0, timeout = 0 } = of(second);
    return [
      slice(second, 'ok', 200 - status - timeout),
      slice(second, 'status', status),
      slice(second, 'timeout', timeout),
      // Neither came to an end by itself.
      slice(second, 'cancelled', 50),
    ].filter(({ count: [n] }) => (n ?? 0) > 0);
  });
}

const ONE = (): string => '';

it('is 1 of a run without failures, and of one that failed in every second alike', () => {
  expect(
    outcomeClumps(
      run(() => ({})),
      ONE,
    ).errors,
  ).toBe(1);
  expect(
    outcomeClumps(
      run(() => ({ status: 4 })),
      ONE,
    ).errors,
  ).toBe(1);
});

it('is as many calls as fail together', () => {
  const bursts = outcomeClumps(
    run((second) => ({ status: second % 15 === 0 ? 20 : 0 })),
    ONE,
  );
  expect(bursts.errors).toBeGreaterThan(15);
  expect(bursts.errors).toBeLessThan(30);
  expect(bursts).toMatchObject({ timeout: 1, rejected: 1, fallback: 1 });
});

it('tells each outcome by itself, and counts timeouts among errors', () => {
  const { errors, timeout } = outcomeClumps(
    run((second) => ({ timeout: second === 7 ? 40 : 0 })),
    ONE,
  );
  expect(timeout).toBeGreaterThan(30);
  expect(errors).toBe(timeout);
});

it('is more where the bursts last, for the same failures', () => {
  const apart = outcomeClumps(
    run((second) => ({ status: second % 20 === 0 ? 40 : 0 })),
    ONE,
  );
  const lasting = outcomeClumps(
    run((second) => ({ status: second < 3 ? 40 : 0 })),
    ONE,
  );
  expect(lasting.errors).toBeGreaterThan(1.4 * apart.errors);
});

it('is not of what differs by plan', () => {
  const fault = (second: number): boolean => second >= 20 && second < 40;
  const slices = run((second) => ({ status: fault(second) ? 20 : 0 }));
  expect(outcomeClumps(slices, ONE).errors).toBeGreaterThan(10);
  expect(outcomeClumps(slices, (second) => String(fault(second))).errors).toBe(1);
});

it('takes independent failures for what they are, in 19 of 20 runs', () => {
  const rng = rngFrom(3, 'clumps');
  const drawn = Array.from({ length: 200 }, () =>
    outcomeClumps(
      run(() => {
        let status = 0;
        for (let call = 0; call < 200; call++) if (rng.nextFloat() < 0.01) status++;
        return { status };
      }),
      ONE,
    ),
  );
  expect(drawn.filter(({ errors }) => errors === 1).length).toBeGreaterThanOrEqual(190);
});
