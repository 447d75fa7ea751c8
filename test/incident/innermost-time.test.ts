import { describe, expect, it } from 'vitest';
import { rngFrom } from '../../src/core/index.ts';
import { innermostTimes } from '../../src/incident/innermost-time.ts';
import type { SpanRow } from '../../src/spans/index.ts';
import { tableOf } from './modelled-shop.ts';

/** Times in ns from the start; a span is named by its place. */
type Sketch = readonly (readonly [id: string, parent: string, start: number, end: number])[];

function rowsOf(sketch: Sketch): SpanRow[] {
  return sketch.map(([id, parent, start, end]) => ({
    traceId: 'a1',
    spanId: id,
    parentSpanId: parent,
    serviceName: 's',
    name: id,
    kind: 'Internal',
    status: 'Unset',
    startEpochNs: BigInt(1_000_000 + start),
    durationNs: BigInt(end - start),
    attributes: {},
    resourceAttributes: {},
  }));
}

function timesOf(sketch: Sketch): Record<string, number> {
  const table = tableOf(rowsOf(sketch));
  const times = innermostTimes(table);
  return Object.fromEntries(
    [...times].map((time, i) => [table.names[table.operations[i] ?? 0] ?? '', time]),
  );
}

describe('innermost time', () => {
  it('is the self time where children lie in their parents one after another', () => {
    const sketch: Sketch = [
      ['a', '', 0, 100],
      ['b', 'a', 10, 40],
      ['c', 'b', 20, 30],
      ['d', 'a', 40, 60],
    ];
    expect(timesOf(sketch)).toEqual({ a: 50, b: 20, c: 10, d: 20 });
  });

  it('goes to the one that began last of siblings that overlap', () => {
    const sketch: Sketch = [
      ['a', '', 0, 100],
      ['b', 'a', 10, 90],
      ['c', 'a', 20, 80],
    ];
    expect(timesOf(sketch)).toEqual({ a: 20, b: 20, c: 60 });
  });

  it('goes to the deepest of those that began together, also past the end of a parent', () => {
    const sketch: Sketch = [
      ['a', '', 0, 50],
      ['b', 'a', 0, 80],
      ['c', 'b', 0, 20],
    ];
    expect(timesOf(sketch)).toEqual({ a: 0, b: 60, c: 20 });
  });

  it('adds up to the time in which the trace ran', () => {
    const rng = rngFrom(7, 'innermost');
    const upTo = (n: number): number => Math.floor(rng.nextFloat() * n);
    for (let round = 0; round < 300; round++) {
      const sketch: Sketch = Array.from({ length: 1 + upTo(12) }, (_, i) => {
        const start = upTo(50);
        return [`${i + 1}`, i === 0 ? '' : `${1 + upTo(i)}`, start, start + upTo(30)] as const;
      });
      const moments = new Set(
        sketch.flatMap(([, , start, end]) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        ),
      );
      const sum = Object.values(timesOf(sketch)).reduce((a, b) => a + b, 0);
      expect(sum).toBe(moments.size);
    }
  });
});
