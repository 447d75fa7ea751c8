import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { FAILED, ROOT, type TraceFacts } from '../../src/native/index.ts';
import { UndecidedTraces, type UndecidedTrace } from '../../src/sampling/index.ts';

interface Came {
  readonly trace: number;
  readonly flags: number;
  readonly durationNs: number;
}

const came = fc.record({
  // The lower words are few: many traces want one slot.
  trace: fc.integer({ min: 1, max: 40 }),
  flags: fc.constantFrom(0, FAILED, ROOT, ROOT + FAILED),
  durationNs: fc.integer({ min: 0, max: 100 }),
});
const step = fc.record({
  spans: fc.array(came, { maxLength: 12 }),
  advanceNs: fc.integer({ min: 0, max: 40 }),
  isNextSegment: fc.boolean(),
});

it('knows of every trace what came of it, until it is due', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const waits = { waitNs: 100, waitAfterRootNs: 30 };
      const undecided = new UndecidedTraces(waits);
      const model = new Map<number, { dueNs: number; spans: Came[]; segment: number }>();
      let [nowNs, segment] = [0, 1];
      for (const { spans, advanceNs, isNextSegment } of steps) {
        undecided.add(factsOf(spans), { segment, nowNs }, () => false);
        for (const span of spans) {
          const known = model.get(span.trace) ?? { dueNs: nowNs + 100, spans: [], segment };
          if ((span.flags & ROOT) !== 0 && !known.spans.some(isRoot)) {
            known.dueNs = Math.min(known.dueNs, nowNs + 30);
          }
          known.spans.push(span);
          model.set(span.trace, known);
        }
        nowNs += advanceNs;
        if (isNextSegment) segment++;
        const due: UndecidedTrace[] = [];
        undecided.forEachDue(nowNs, 0, (trace) => due.push(trace));
        const wanted = [...model].filter(([, { dueNs }]) => dueNs <= nowNs);
        expect(due.map(({ high }) => high).toSorted(byNumber)).toEqual(
          wanted.map(([trace]) => trace).toSorted(byNumber),
        );
        for (const trace of due) {
          const { spans: own = [] } = model.get(trace.high) ?? {};
          expect(trace).toMatchObject({
            isFailed: own.some(({ flags }) => (flags & FAILED) !== 0),
            longestNs: longestOf(own),
            headNs: longestOf(own.some(isRoot) ? own.filter(isRoot) : own),
          });
          undecided.remove(trace);
          model.delete(trace.high);
        }
        expect(undecided.count).toBe(model.size);
        for (let i = 1; i <= segment; i++) {
          const inIt = [...model.values()].filter((each) => each.segment === i);
          expect(undecided.countIn(i)).toBe(inIt.length);
        }
      }
    }),
  );
});

it('takes the oldest segments for due where it is told to, and leaves out what is decided', () => {
  const undecided = new UndecidedTraces({ waitNs: 100, waitAfterRootNs: 30 });
  const span = (trace: number): Came => ({ trace, flags: 0, durationNs: 1 });
  undecided.add(factsOf([span(1), span(2)]), { segment: 1, nowNs: 0 }, (high) => high === 2);
  undecided.add(factsOf([span(1), span(3)]), { segment: 2, nowNs: 0 }, () => false);
  const due: number[] = [];
  undecided.forEachDue(1, 1, ({ high }) => due.push(high));
  expect(due).toEqual([1]);
});

it('holds many thousands', () => {
  const undecided = new UndecidedTraces({ waitNs: 100, waitAfterRootNs: 30 });
  const all = Array.from({ length: 30_000 }, (_, i) => ({ trace: i, flags: ROOT, durationNs: i }));
  undecided.add(factsOf(all), { segment: 1, nowNs: 0 }, () => false);
  undecided.add(factsOf(all), { segment: 1, nowNs: 0 }, () => false);
  expect(undecided.count).toBe(all.length);
  const seen = new Set<number>();
  undecided.forEachDue(30, 0, (trace) => {
    seen.add(trace.headNs);
    undecided.remove(trace);
  });
  expect([seen.size, undecided.count]).toEqual([all.length, 0]);
});

function isRoot({ flags }: Came): boolean {
  return (flags & ROOT) !== 0;
}

function longestOf(spans: readonly Came[]): number {
  return Math.max(0, ...spans.map(({ durationNs }) => durationNs));
}

function byNumber(a: number, b: number): number {
  return a - b;
}

function factsOf(spans: readonly Came[]): TraceFacts {
  return {
    rows: spans.length,
    traceHigh: Uint32Array.from(spans, ({ trace }) => trace),
    traceLow: Uint32Array.from(spans, ({ trace }) => trace % 7),
    runHash: new Uint32Array(spans.length),
    operationHigh: new Uint32Array(spans.length),
    operationLow: new Uint32Array(spans.length),
    flags: Uint8Array.from(spans, ({ flags }) => flags),
    durationNs: Float64Array.from(spans, ({ durationNs }) => durationNs),
  };
}
