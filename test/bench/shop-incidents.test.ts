import { describe, expect, it } from 'vitest';
import { judge } from '../../bench/shop-incidents/judge.ts';
import { planIncidents, QUIET } from '../../bench/shop-incidents/plan-incidents.ts';
import { FAULT_NAMES, HOPS, NOT_OF_THE_SHOP } from '../../bench/shop-incidents/shop-faults.ts';
import { rngFrom } from '../../src/core/index.ts';
import { drawFault, Draws } from '../../bench/shop-incidents/shop-faults.ts';
import type { Evidence, Incident } from '../../src/incident/index.ts';
import { TOXIC_KINDS } from '../../src/toxics/index.ts';

const COMPLETE = {
  traces: 1,
  weightedTraces: 1,
  spans: 1,
  orphans: 0,
  brokenTraces: 0,
  invalidSpans: 0,
};

function incidentOf(service: string, evidence: Partial<Evidence>, isExplained = true): Incident {
  const whole: Evidence = {
    kind: 'network-around',
    measure: 'time',
    service,
    peer: '',
    operation: '',
    place: '',
    share: 1,
    harm: 1,
    baselineMean: 1,
    windowMean: 2,
    baselineCount: 1,
    windowCount: 1,
    q: 0,
    ...evidence,
  };
  return {
    roots: [],
    isExplained,
    causes: [
      {
        service,
        kind: whole.kind,
        isProven: isExplained,
        harm: 1,
        evidence: [whole],
        attributes: [],
        examples: [],
      },
    ],
    baseline: { ...COMPLETE, tracesInAll: 1 },
    window: { ...COMPLETE, tracesInAll: 1 },
    seed: 1,
  };
}

describe('the faults that are drawn for the shop', () => {
  it('are of every toxic, but those that only gRPC meets', () => {
    for (const type of TOXIC_KINDS.keys()) {
      expect([...FAULT_NAMES, ...NOT_OF_THE_SHOP]).toContain(type);
    }
    for (const name of FAULT_NAMES) {
      expect(drawFault(name, new Draws(rngFrom(1, name))).effect).toBeDefined();
    }
  });

  it('never overlap, nor reach into a baseline, and are the same for one seed', () => {
    const plans = planIncidents([...FAULT_NAMES, QUIET], 5, 7);
    expect(planIncidents([...FAULT_NAMES, QUIET], 5, 7)).toEqual(plans);
    expect(plans.flatMap(({ incidents }) => incidents)).toHaveLength(5 * (FAULT_NAMES.length + 1));
    for (const { incidents, lengthMs } of plans) {
      let endMs = 0;
      for (const { baseline, window } of incidents) {
        expect(window.fromMs).toBeGreaterThan(endMs);
        expect(window.toMs).toBeLessThan(lengthMs);
        if (baseline.fromMs >= endMs) endMs = baseline.toMs;
        expect(window.fromMs).toBeGreaterThan(endMs);
        endMs = window.toMs;
      }
    }
  });
});

describe('the first cause', () => {
  const [fromLoad, toInventory] = HOPS;
  const slow = {
    hop: toInventory ?? { caller: '', callee: '' },
    rightKinds: ['network-around'],
  } as const;
  const call = { service: 'orders', peer: 'inventory' };

  it('is the fault where it is the callee, for the hop, of a kind of the fault', () => {
    expect(judge(incidentOf('inventory', call), slow)).toMatchObject({ rank: 1, isQuiet: false });
  });

  it('is not where it is the caller, another hop, or of another kind', () => {
    expect(judge(incidentOf('orders', call), slow).rank).toBe(0);
    const other = { service: 'inventory', peer: 'prices' };
    expect(judge(incidentOf('inventory', other), slow).rank).toBe(0);
    const failing = { ...call, kind: 'errors-begin' } as const;
    expect(judge(incidentOf('inventory', failing), slow).rank).toBe(0);
  });

  it('is either side of the hop from the load', () => {
    const first = { hop: fromLoad ?? slow.hop, rightKinds: slow.rightKinds };
    const evidence = { service: 'callgauge', peer: 'orders' };
    for (const side of ['callgauge', 'orders']) {
      expect(judge(incidentOf(side, evidence), first).rank).toBe(1);
    }
  });

  it('is none where nothing is said to explain a change', () => {
    expect(judge(incidentOf('inventory', call, false), slow)).toMatchObject({
      rank: 0,
      isQuiet: true,
    });
  });
});
