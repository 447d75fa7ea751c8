import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_SEC, type Ns } from '../../src/core/index.ts';
import { EndpointHealth, type HealthSpec } from '../../src/resilience/index.ts';

const ACTIVE = {
  path: '/health',
  everyNs: 30 * NS_PER_SEC,
  timeoutNs: 5 * NS_PER_SEC,
  outAfter: 3,
  inAfter: 2,
};
const PASSIVE = { outAfter: 3, outForNs: 10 * NS_PER_SEC };

const usable = (health: EndpointHealth, nowNs: Ns): number[] => [...health.usable(nowNs)];

describe('passive health', () => {
  it('takes an endpoint out after failures in a row, for its time', () => {
    const health = new EndpointHealth({ passive: PASSIVE }, 3);
    for (const failed of [true, true, false, true, true]) health.attempted(1, failed, 0);
    expect(usable(health, 0)).toEqual([1, 1, 1]);
    health.attempted(1, true, 5);
    expect(usable(health, 5)).toEqual([1, 0, 1]);
    // What had been sent before ends now, and does not lengthen its time.
    for (let i = 0; i < 3; i++) health.attempted(1, true, PASSIVE.outForNs);
    expect(usable(health, PASSIVE.outForNs + 4)).toEqual([1, 0, 1]);
    expect(usable(health, PASSIVE.outForNs + 5)).toEqual([1, 1, 1]);
    for (let i = 0; i < 2; i++) health.attempted(1, true, PASSIVE.outForNs + 6);
    expect(usable(health, PASSIVE.outForNs + 6)).toEqual([1, 1, 1]);
  });

  it('uses all in a panic, and ends it as the first comes back', () => {
    const health = new EndpointHealth({ passive: PASSIVE }, 2);
    for (let i = 0; i < 3; i++) health.attempted(0, true, 0);
    expect([health.panics, usable(health, 0)]).toEqual([false, [0, 1]]);
    for (let i = 0; i < 3; i++) health.attempted(1, true, 100);
    expect([health.panics, usable(health, 100)]).toEqual([true, [1, 1]]);
    expect([health.isIn(0, 100), health.isIn(1, 100)]).toEqual([false, false]);
    expect(usable(health, PASSIVE.outForNs)).toEqual([1, 0]);
    expect(health.panics).toBe(false);
  });

  it('does nothing where there is none', () => {
    const health = new EndpointHealth({}, 2);
    for (let i = 0; i < 1_000; i++) health.attempted(0, true, 0);
    expect([usable(health, 0), health.nextCheck()]).toEqual([[1, 1], -1]);
  });
});

describe('active health', () => {
  it('spreads the first checks over one interval, and goes on from there', () => {
    const health = new EndpointHealth({ active: ACTIVE }, 3);
    const due = (): Ns[] => [0, 1, 2].map((i) => health.checkDueNs(i) / NS_PER_SEC);
    expect([due(), health.nextCheck()]).toEqual([[0, 10, 20], 0]);
    health.checkBegun(0);
    expect([due(), health.nextCheck()]).toEqual([[Infinity, 10, 20], 1]);
    health.checked(0, false, 5 * NS_PER_SEC);
    expect(due()).toEqual([30, 10, 20]);
    health.checkBegun(1);
    health.checked(1, false, 45 * NS_PER_SEC);
    expect(due()).toEqual([30, 45, 20]);
  });

  it('takes an endpoint out, and in again, by checks in a row', () => {
    const health = new EndpointHealth({ active: ACTIVE }, 2);
    const check = (failed: boolean): number[] => {
      health.checkBegun(0);
      health.checked(0, failed, 0);
      return usable(health, 0);
    };
    expect([true, true, false, true, true].map(check)).toEqual([1, 2, 3, 4, 5].map(() => [1, 1]));
    expect(check(true)).toEqual([0, 1]);
    expect([false, true, false].map(check)).toEqual([1, 2, 3].map(() => [0, 1]));
    expect(check(false)).toEqual([1, 1]);
  });
});

describe('a walk', () => {
  type Event =
    | { readonly kind: 'attempt' | 'check'; readonly endpoint: number; readonly failed: boolean }
    | { readonly kind: 'pass'; readonly ns: Ns };

  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({
      kind: fc.constantFrom('attempt' as const, 'check' as const),
      endpoint: fc.nat({ max: 2 }),
      failed: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('pass' as const), ns: fc.nat({ max: 4 * NS_PER_SEC }) }),
  );

  it('has those in that a model has in that looks at all that happened', () => {
    const spec: HealthSpec = { active: ACTIVE, passive: PASSIVE };
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const health = new EndpointHealth(spec, 3);
        const model = Array.from({ length: 3 }, () => new ModelEndpoint());
        let nowNs = 0;
        for (const happened of events) {
          if (happened.kind === 'pass') nowNs += happened.ns;
          else if (happened.kind === 'attempt') {
            health.attempted(happened.endpoint, happened.failed, nowNs);
            model[happened.endpoint]?.attempted(happened.failed, nowNs);
          } else {
            health.checkBegun(happened.endpoint);
            health.checked(happened.endpoint, happened.failed, nowNs);
            model[happened.endpoint]?.checks.push(happened.failed);
          }
          const isIn = model.map((endpoint) => endpoint.isIn(nowNs));
          const panics = !isIn.includes(true);
          expect(usable(health, nowNs)).toEqual(isIn.map((one) => Number(one || panics)));
          expect(health.panics).toBe(panics);
        }
      }),
    );
  });

  /** Keeps the whole past, and reads it anew for every answer. */
  class ModelEndpoint {
    readonly checks: boolean[] = [];
    readonly #attempts: { readonly failed: boolean; readonly atNs: Ns }[] = [];

    attempted(failed: boolean, atNs: Ns): void {
      this.#attempts.push({ failed, atNs });
    }

    isIn(nowNs: Ns): boolean {
      let [outUntilNs, failedInARow] = [-Infinity, 0];
      for (const { failed, atNs } of this.#attempts) {
        if (atNs < outUntilNs) continue;
        failedInARow = failed ? failedInARow + 1 : 0;
        if (failedInARow < PASSIVE.outAfter) continue;
        outUntilNs = atNs + PASSIVE.outForNs;
        failedInARow = 0;
      }
      let [isOut, seen] = [false, 0];
      for (const [i, failed] of this.checks.entries()) {
        const wanted = isOut ? ACTIVE.inAfter : ACTIVE.outAfter;
        const inARow = this.checks.slice(seen, i + 1).slice(-wanted);
        if (inARow.length < wanted || inARow.some((one) => one === isOut) || failed === isOut)
          continue;
        isOut = !isOut;
        seen = i + 1;
      }
      return !isOut && nowNs >= outUntilNs;
    }
  }
});
