import { describe, expect, it } from 'vitest';
import { comparedSides, readTraces } from '../../src/cli/incident-sides.ts';
import type { FaultWindow } from '../../src/core/index.ts';
import { memorySpanWindows } from '../../src/spans/index.ts';
import type { SpanReader } from '../../src/store/open-spans.ts';
import { shopRows } from '../incident/modelled-shop.ts';
import { span } from '../report/sample-runs.ts';

const BEGIN_NS = 1_700_000_000_000_000_000n;
const SEC_NS = 1_000_000_000n;
const options = { seed: 1 };

function faultWindow(fault: string, fromSec: number, toSec: number): FaultWindow {
  return {
    fault,
    placeKind: 'proxy',
    place: 'cart',
    effect: 'latency',
    attributes: {},
    fromNs: fromSec * 1e9,
    toNs: toSec * 1e9,
  };
}

/** A store with one run of 60 s, and spans. */
function readerOf(
  faults: readonly FaultWindow[],
  rows: ReturnType<typeof shopRows> = [],
): SpanReader {
  const spans = rows.map((row) => span(row));
  const newest = spans.reduce(
    (last, one) => (one.startEpochNs > last ? one.startEpochNs : last),
    0n,
  );
  const startedEpochMs = Number(BEGIN_NS / 1_000_000n);
  const phases = [
    { name: 'warm-up', fromNs: 0, toNs: 5e9, model: 'open', measured: false },
    { name: 'steady', fromNs: 5e9, toNs: 60e9, model: 'open', measured: true },
  ];
  const run = { runId: 'aa', startedEpochMs, endedEpochMs: startedEpochMs + 61_000, phases };
  const source = {
    run: async (id: string) => (id === 'aa' || id === 'latest' ? run : undefined),
    faultWindows: async () => faults,
  };
  const finder = { find: async () => (spans.length === 0 ? [] : [{ startEpochNs: newest }]) };
  return { source, finder, windows: memorySpanWindows(spans) } as unknown as SpanReader;
}

describe('the sides of a comparison', () => {
  it("are a fault's window and the longest healthy time of the run", async () => {
    const reader = readerOf([faultWindow('late', 40, 50), faultWindow('early', 20, 30)]);
    const fault = { kind: 'fault', runId: 'latest', fault: undefined } as const;
    expect(await comparedSides(fault, reader, options)).toMatchObject({
      baseline: {
        runId: 'aa',
        fromEpochNs: BEGIN_NS + 5n * SEC_NS,
        toEpochNs: BEGIN_NS + 19n * SEC_NS,
      },
      window: { fromEpochNs: BEGIN_NS + 20n * SEC_NS, toEpochNs: BEGIN_NS + 30n * SEC_NS },
      why: expect.stringContaining('the fault early (latency at cart)'),
    });
    const late = await comparedSides({ ...fault, fault: 'late' }, reader, options);
    expect(late?.window.fromEpochNs).toBe(BEGIN_NS + 40n * SEC_NS);
  });

  it('are refused for a run without the fault, with those that it has, and for no run', async () => {
    const reader = readerOf([faultWindow('early', 20, 30)]);
    const other = { kind: 'fault', runId: 'aa', fault: 'other' } as const;
    await expect(comparedSides(other, reader, options)).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      hint: 'It has: early.',
    });
    await expect(comparedSides({ ...other, runId: 'bb' }, reader, options)).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
  });

  it('are the measured times of two runs', async () => {
    const runs = { kind: 'runs', baseline: 'aa', window: 'latest' } as const;
    const sides = await comparedSides(runs, readerOf([]), options);
    expect(sides?.baseline).toEqual(sides?.window);
    expect(sides?.baseline).toMatchObject({
      fromEpochNs: BEGIN_NS + 5n * SEC_NS,
      toEpochNs: BEGIN_NS + 60n * SEC_NS,
    });
  });

  it('are found in the time up to the newest trace, where a part of it stands out', async () => {
    const since = { kind: 'since', sinceNs: 6_000n * SEC_NS } as const;
    const slow = shopRows(2, 600, { slow: { service: 'cart', ms: 20 } }).slice(-1_500);
    const first = slow[0]?.startEpochNs ?? 0n;
    const rows = [...shopRows(1, 600).filter((row) => row.startEpochNs < first), ...slow];
    const sides = await comparedSides(since, readerOf([], rows), options);
    const offSec = Number(((sides?.window.fromEpochNs ?? 0n) - first) / SEC_NS);
    expect(Math.abs(offSec)).toBeLessThanOrEqual(200);
    expect(sides?.baseline.toEpochNs).toBe(sides?.window.fromEpochNs);
    expect(await comparedSides(since, readerOf([], shopRows(1, 600)), options)).toBeUndefined();
  });

  it('are told by their times where the part that stands out has no traces', async () => {
    const rows = shopRows(1, 600);
    const last = rows.reduce((at, row) => (row.startEpochNs > at ? row.startEpochNs : at), 0n);
    const time = { fromEpochNs: last - 3_000n * SEC_NS, toEpochNs: last + 3_000n * SEC_NS };
    const reader = readerOf([], rows);
    const sides = await comparedSides({ kind: 'within', time }, reader, options);
    const { window = time, whereFound = '' } = sides ?? {};
    await expect(readTraces(reader, window, whereFound)).rejects.toThrow(
      /^no trace begins from \d{4}-\S+Z to \d{4}-\S+Z, the part of the time that stands out most/u,
    );
  });

  it('are none without traces', async () => {
    const since = { kind: 'since', sinceNs: SEC_NS } as const;
    await expect(comparedSides(since, readerOf([]), options)).rejects.toMatchObject({
      code: 'TRACE_NOT_FOUND',
    });
  });
});
