import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRows } from '../../src/flow/csv-rows.ts';
import { FeederTable, feederTable } from '../../src/flow/feeder-table.ts';
import { jsonLineRows } from '../../src/flow/json-line-rows.ts';
import type { FeederOrder, ScenarioWithFiles } from '../../src/scenario/index.ts';

function tableOf(order: FeederOrder, count: number, seed = 1): FeederTable {
  const rows = Array.from({ length: count }, (_, i) => [i]);
  return new FeederTable({ name: 'users', order }, { columns: ['id'], rows }, seed);
}

function given(table: FeederTable, arrivals: number): unknown[] {
  return Array.from({ length: arrivals }, (_, seq) => table.valueAt(seq, 0));
}

describe('the order of rows', () => {
  test('sequential begins again after the last', () => {
    expect(given(tableOf('sequential', 3), 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  test('shuffled is a permutation, the same for the same seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(), (count, seed) => {
        const once = given(tableOf('shuffled', count, seed), count);
        expect(given(tableOf('shuffled', count, seed), 2 * count)).toEqual([...once, ...once]);
        expect(once.toSorted((a, b) => Number(a) - Number(b))).toEqual(
          given(tableOf('sequential', count), count),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('random comes to every row, and does not depend on who asks first', () => {
    const table = tableOf('random', 10);
    const rows = given(table, 400);
    expect(new Set(rows).size).toBe(10);
    expect(table.valueAt(399, 0)).toBe(rows[399]);
    expect(table.valueAt(0, 0)).toBe(rows[0]);
  });
});

describe('CSV', () => {
  test('quotes, line breaks and a byte order mark', () => {
    expect(csvRows('\uFEFFid,name\r\n1,"a ""b"", c"\n\n2,"x\ny"\n', 'u.csv')).toEqual({
      columns: ['id', 'name'],
      rows: [
        ['1', 'a "b", c'],
        ['2', 'x\ny'],
      ],
    });
  });

  test.each([
    [
      'a row too short',
      'a,b\n1,2\n3\n',
      'the row must have as many values as the first one (u.csv:3)',
    ],
    ['an open quote', 'a,b\n1,"2\n', 'a quote is not closed (u.csv:'],
    ['a column twice', 'a,a\n1,2\n', 'the first row must name each column once, got "a" (u.csv:1)'],
    ['nothing', '', 'the first row must name each column once, got nothing (u.csv:1)'],
  ])('%s is refused with its line', (_, text, message) => {
    expect(() => csvRows(text, 'u.csv')).toThrow(message);
  });
});

describe('JSON lines', () => {
  test('keep types', () => {
    expect(jsonLineRows('{"id":1}\n\n{"id":"2"}', 'u.jsonl')).toEqual([{ id: 1 }, { id: '2' }]);
  });

  test.each([
    ['{"id":1}\n{"id":', /^not valid JSON: .* \(u\.jsonl:2\)$/u],
    ['{"id":1}\n\n[1]', /^a row must be a JSON object \(u\.jsonl:3\)$/u],
  ])('%j is refused with its line', (text, message) => {
    expect(() => jsonLineRows(text, 'u.jsonl')).toThrow(message);
  });
});

test('objects whose keys all differ are refused before they take rows x keys', () => {
  const text = Array.from({ length: 5_000 }, (_, i) => `{"k${i}":1}`).join('\n');
  const scenario = { seed: 1, files: [{ path: 'u.jsonl', text }], source: { file: 'f.yaml' } };
  const spec = { name: 'users', file: 'u.jsonl', rows: undefined, order: 'sequential' } as const;
  expect(() => feederTable(spec, scenario as unknown as ScenarioWithFiles)).toThrow(
    'must have 20000000 values at most, got 5000 rows x 5000 different keys (u.jsonl)',
  );
});
