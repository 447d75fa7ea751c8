import { describe, expect, it } from 'vitest';
import { SpanTableBuilder } from '../../src/spans/index.ts';
import { explainWhy, type Why } from '../../src/why/index.ts';
import {
  modelledRun,
  targetOf,
  type Keep,
  type ModelledRun,
  type Trouble,
} from './modelled-calls.ts';

const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);
const KEEP: Keep = { head: 0.05, slow: 0.02 };

interface Asked {
  readonly seed: number;
  readonly trouble?: Trouble;
  readonly limitMs?: number;
  readonly calls?: number;
  readonly keep?: Keep;
}

function whyOf({ seed, trouble = {}, limitMs, calls = 400, keep }: Asked): Why {
  const run = modelledRun(seed, calls, { trouble, ...(keep && { keep }) });
  return explainWhy(targetOf(limitMs), run, { seed: 1 });
}

function firstPlace(why: Why): readonly unknown[] {
  const [place] = why.places;
  return [
    why.state,
    place?.place.kind,
    place?.place.service,
    place?.place.callee,
    place?.standsOut,
  ];
}

describe('calls that are slow', () => {
  it.each([
    ['pay', 0.1],
    ['stock', 0.06],
  ] as const)('are laid to the way to %s that was slow for %d of them', (to, ratio) => {
    const said = SEEDS.map((seed) =>
      firstPlace(whyOf({ seed, trouble: { way: { to, ms: 80, ratio } }, limitMs: 60 })),
    );
    expect(said).toEqual(SEEDS.map(() => ['explained', 'way', 'front', to, true]));
  });

  it('are laid to the work of a service, and to the tenant that it is slow for', () => {
    for (const seed of SEEDS) {
      const trouble = { slow: { at: 'stock', ms: 60, tenant: 'acme' } };
      const why = whyOf({ seed, trouble, limitMs: 45 });
      expect(firstPlace(why)).toEqual(['explained', 'work', 'stock', '', true]);
      expect(why.values[0]).toMatchObject({ service: 'front', key: 'tenant', value: 'acme' });
      expect(why.values[0]?.valueGivenBad).toBeGreaterThan(0.95);
    }
  });

  it('are laid to the fault that touched them', () => {
    const why = whyOf({
      seed: 1,
      trouble: { way: { to: 'pay', ms: 80, ratio: 0.1 } },
      limitMs: 60,
    });
    const [fault, ...others] = why.faults;
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ fault: 'slow-way', valueGivenBad: 1 });
    expect(fault?.valueGivenGood).toBeLessThan(0.01);
    expect(fault?.badGivenValue).toBeGreaterThan(0.95);
  });

  it('are laid to the wait for a connection, of which there is no span', () => {
    const trouble = { waiting: { ms: 90, ratio: 0.1 } };
    expect(firstPlace(whyOf({ seed: 3, trouble, limitMs: 60 }))).toEqual([
      ...['explained', 'connection', 'callgauge', ''],
      true,
    ]);
  });

  it.each([0.5, 0.9, 0.95, 0.99])(
    'are laid to nothing where nothing is wrong and the limit is their own p%d',
    (p) => {
      const invented = SEEDS.filter((seed) => {
        const { tookNs } = modelledRun(seed, 400);
        const limitMs = (tookNs[Math.floor(p * tookNs.length)] ?? 0) / 1e6;
        return whyOf({ seed, limitMs }).state === 'explained';
      });
      expect(invented).toEqual([]);
    },
  );

  it('are laid to nothing where no call is within the limit', () => {
    const why = whyOf({ seed: 1, limitMs: 1 });
    expect(why).toMatchObject({ state: 'all', places: [], values: [], good: { calls: 0 } });
    expect(why.usual[0]?.place).toMatchObject({ kind: 'work', service: 'pay' });
  });

  it('are too few to tell where few are stored', () => {
    const trouble = { way: { to: 'pay', ms: 80, ratio: 0.1 } } as const;
    const why = whyOf({ seed: 2, trouble, limitMs: 60, calls: 400, keep: { head: 0.02, slow: 0 } });
    expect(why.bad.calls).toBeGreaterThan(20);
    expect(why.bad.read).toBeLessThan(5);
    expect(why.state).toBe('few');
  });
});

describe('calls that failed', () => {
  it('are laid to where the failure began, and to the value that fails', () => {
    for (const seed of SEEDS) {
      const why = whyOf({ seed, trouble: { failing: { provider: 'b' } } });
      expect(why.state).toBe('explained');
      expect(why.origins[0]).toMatchObject({
        place: { kind: 'work', service: 'pay', operation: 'POST /pay' },
        reason: '503',
        share: 1,
      });
      expect(why.values[0]).toMatchObject({ service: 'pay', key: 'provider', value: 'b' });
    }
  });

  it('are laid to the way to a service of which no span is there, with what was repeated', () => {
    const why = whyOf({ seed: 4, trouble: { refused: { ratio: 0.1, attempts: 3 } } });
    expect(why.origins[0]).toMatchObject({
      place: { kind: 'way', service: 'front', callee: 'pay' },
      reason: 'ECONNREFUSED',
      share: 1,
    });
    expect(why.retries).toEqual([
      expect.objectContaining({ caller: 'front', badPerCall: 2, goodPerCall: 0 }),
    ]);
  });
});

describe('the calls of a run of which a sample is stored', () => {
  it('stand for all of them: means are those of the run', () => {
    const trouble = { way: { to: 'pay', ms: 80, ratio: 0.1 } } as const;
    const [whole, sampled] = [undefined, KEEP].map((keep) =>
      whyOf({ seed: 5, trouble, limitMs: 60, calls: 4_000, ...(keep && { keep }) }),
    );
    expect(sampled?.bad.calls).toBe(whole?.bad.calls);
    // Of the bad ones the slowest fifth is stored whole, and a twentieth of the others.
    expect(sampled?.bad.read).toBeLessThan(0.3 * (whole?.bad.read ?? 0));
    for (const side of ['bad', 'good'] as const) {
      const ratio = (sampled?.[side].meanNs ?? 0) / (whole?.[side].meanNs ?? 1);
      expect(ratio).toBeGreaterThan(0.97);
      expect(ratio).toBeLessThan(1.03);
    }
    expect(sampled?.places[0]?.place).toEqual(whole?.places[0]?.place);
  });
});

describe('beside a baseline', () => {
  const against = (seed: number, trouble: Trouble): Why => {
    const run = modelledRun(seed, 400, { trouble, keep: { head: 0.4, slow: 0.05 } });
    const baseline = modelledRun(seed + 100, 400, { keep: { head: 0.4, slow: 0.05 } });
    const options = { seed: 1, baseline: { ...baseline, phases: ['steady'] } };
    return explainWhy(targetOf(5), run, options);
  };

  it('a change of all calls is laid to its place and its service', () => {
    for (const seed of SEEDS) {
      const why = against(seed, { slow: { at: 'stock', ms: 6 } });
      expect(why.state).toBe('explained');
      const [first] = why.against?.places ?? [];
      expect(first?.place).toMatchObject({ kind: 'work', service: 'stock' });
      expect(first?.lowNs).toBeGreaterThan(4e6);
      expect(why.against?.causes[0]).toMatchObject({ service: 'stock', kind: 'slower-inside' });
    }
  });

  it('what only the calls of a service that leaves no spans show is not laid to callgauge', () => {
    const unserved = (seed: number, trouble: Trouble): ModelledRun => {
      const run = modelledRun(seed, 400, { trouble });
      const builder = new SpanTableBuilder();
      for (const span of run.spans) if (span.serviceName === 'callgauge') builder.add(span);
      return { ...run, table: builder.build() };
    };
    const run = unserved(1, { slow: { at: 'stock', ms: 6 } });
    const baseline = { ...unserved(101, {}), phases: ['steady'] };
    const { against: change } = explainWhy(targetOf(5), run, { seed: 1, baseline });
    expect(change?.places[0]?.place).toMatchObject({ kind: 'way', service: 'callgauge' });
    expect(change?.causes).toEqual([]);
  });

  it('nothing is laid to anything where nothing changed', () => {
    const invented = SEEDS.filter((seed) => against(seed, {}).state === 'explained');
    expect(invented.length).toBeLessThanOrEqual(1);
  });
});

it('is the same for one seed, and gives the whole of every call to its places', () => {
  const run = modelledRun(1, 300, { trouble: { way: { to: 'pay', ms: 80, ratio: 0.2 } } });
  const [a, b] = [1, 1].map((seed) => explainWhy(targetOf(60), run, { seed }));
  expect(a).toEqual(b);
  for (const { tookNs, path } of a?.examples ?? []) {
    expect(path.reduce((sum, { ns }) => sum + ns, 0)).toBeLessThanOrEqual(tookNs + 1_000);
  }
  const added = (a?.places ?? []).reduce(
    (sum, { beforeNs, afterNs }) => sum + afterNs - beforeNs,
    0,
  );
  expect(added).toBeGreaterThan(0.95 * ((a?.bad.meanNs ?? 0) - (a?.good.meanNs ?? 0)));
});
