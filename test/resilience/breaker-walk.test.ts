import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NS_PER_SEC, type Ns } from '../../src/core/index.ts';
import {
  Breaker,
  type BreakerSpec,
  type BreakerState,
  REFUSED,
} from '../../src/resilience/index.ts';

interface Ended {
  readonly failed: boolean;
  readonly slow: boolean;
  readonly atNs: Ns;
}

/** One time in one state, and all that is known of it. */
interface Stay {
  readonly state: BreakerState;
  readonly fromNs: Ns;
  readonly ended: Ended[];
  /** How many probes are out. */
  out: number;
}

/** Keeps all stays, and works out every answer from the definition. */
class ModelBreaker {
  readonly stays: Stay[] = [];
  readonly #spec: BreakerSpec;

  constructor(spec: BreakerSpec) {
    this.#spec = spec;
    this.#begin('closed', 0);
  }

  now(nowNs: Ns): Stay {
    const last = this.stays.at(-1);
    if (last === undefined) throw new Error('a model begins with a stay');
    const wakesNs = last.fromNs + this.#spec.sleepNs;
    return last.state === 'open' && nowNs >= wakesNs ? this.#begin('half-open', wakesNs) : last;
  }

  /** Returns the stay that the attempt belongs to; undefined for one that is refused. */
  allow(nowNs: Ns): Stay | undefined {
    const stay = this.now(nowNs);
    if (stay.state === 'open') return undefined;
    if (stay.state === 'half-open' && stay.out + stay.ended.length >= this.#spec.probes) {
      return undefined;
    }
    stay.out++;
    return stay;
  }

  settled(stay: Stay, ended: Ended): void {
    stay.out--;
    if (stay !== this.now(ended.atNs)) return;
    stay.ended.push(ended);
    const { probes, failureRatio, volume, windowNs, slow } = this.#spec;
    const slowMost = slow?.ratio ?? Infinity;
    const share = (of: readonly Ended[], what: 'failed' | 'slow', n: number): number =>
      of.filter((one) => one[what]).length / n;
    if (stay.state === 'half-open') {
      if (ended.failed || share(stay.ended, 'slow', probes) >= slowMost) {
        this.#begin('open', ended.atNs);
      } else if (stay.ended.length === probes) this.#begin('closed', ended.atNs);
      return;
    }
    const sliceOf = (atNs: Ns): number => Math.floor(atNs / (windowNs / 10));
    const recent = stay.ended.filter(({ atNs }) => sliceOf(atNs) > sliceOf(ended.atNs) - 10);
    const isBad =
      share(recent, 'failed', recent.length) >= failureRatio ||
      share(recent, 'slow', recent.length) >= slowMost;
    if (recent.length >= volume && isBad && (ended.failed || ended.slow)) {
      this.#begin('open', ended.atNs);
    }
  }

  abandoned(stay: Stay): void {
    stay.out--;
  }

  openNs(nowNs: Ns): Ns {
    this.now(nowNs);
    return this.stays.reduce((sum, { state, fromNs }, i) => {
      return sum + (state === 'open' ? (this.stays[i + 1]?.fromNs ?? nowNs) - fromNs : 0);
    }, 0);
  }

  #begin(state: BreakerState, fromNs: Ns): Stay {
    const stay: Stay = { state, fromNs, ended: [], out: 0 };
    this.stays.push(stay);
    return stay;
  }
}

const spec: fc.Arbitrary<BreakerSpec> = fc
  .record({
    failureRatio: fc.constantFrom(0.1, 0.3, 0.5, 1),
    volume: fc.integer({ min: 1, max: 10 }),
    windowNs: fc.constantFrom(10 * NS_PER_SEC, 7),
    sleepNs: fc.constantFrom(3 * NS_PER_SEC, 5, 0),
    probes: fc.integer({ min: 1, max: 4 }),
    slow: fc.option(fc.record({ fromNs: fc.constant(100), ratio: fc.constantFrom(0.4, 0.5, 1) })),
  })
  .map(({ slow, ...rest }) => (slow === null ? rest : { ...rest, slow }));

const event = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'allow' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('end' as const, 'end' as const, 'end' as const, 'abandon' as const),
      which: fc.nat({ max: 100 }),
      failed: fc.boolean(),
      tookNs: fc.nat({ max: 200 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ns: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 4 * NS_PER_SEC })),
    }),
  },
);

it('walks as a model does that works all out from the past', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(spec, fc.array(event, { minLength: 20, maxLength: 300 }), (wanted, events) => {
      const changes: [BreakerState, Ns][] = [];
      const breaker = new Breaker(wanted, (state, atNs) => changes.push([state, atNs]));
      const model = new ModelBreaker(wanted);
      const underWay: { readonly ticket: number; readonly stay: Stay }[] = [];
      let nowNs = 0;
      for (const happened of events) {
        if (happened.kind === 'pass') nowNs += happened.ns;
        else if (happened.kind === 'allow') {
          const ticket = breaker.allow(nowNs);
          const stay = model.allow(nowNs);
          expect(ticket !== REFUSED).toBe(stay !== undefined);
          if (stay !== undefined) underWay.push({ ticket, stay });
        } else if (underWay.length > 0) {
          const [one] = underWay.splice(happened.which % underWay.length, 1);
          if (one === undefined) continue;
          if (happened.kind === 'abandon') {
            breaker.abandoned(one.ticket, nowNs);
            model.abandoned(one.stay);
          } else {
            const { failed, tookNs } = happened;
            breaker.settled(one.ticket, failed, tookNs, nowNs);
            const slow = wanted.slow !== undefined && tookNs > wanted.slow.fromNs;
            model.settled(one.stay, { failed, slow, atNs: nowNs });
          }
        }
        expect(breaker.state(nowNs)).toBe(model.now(nowNs).state);
        expect(breaker.openNs(nowNs)).toBe(model.openNs(nowNs));
      }
      const stays = model.stays.map(({ state, fromNs }) => [state, fromNs]);
      expect([['closed', 0], ...changes]).toEqual(stays);
      for (let i = 1; i < stays.length; i++) seen.add(`${stays[i - 1]?.[0]} > ${stays[i]?.[0]}`);
    }),
    { numRuns: 150 },
  );
  expect([...seen].sort()).toEqual([
    ...['closed > open', 'half-open > closed', 'half-open > open', 'open > half-open'],
  ]);
});
