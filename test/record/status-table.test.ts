import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_STATUS, type CounterSlice } from '../../src/core/index.ts';
import { StatusTable } from '../../src/record/status-table.ts';

const PHASES = ['warm-up', 'steady'];
const GRPC = { protocol: 'grpc', names: ['OK', 'CANCELLED', 'UNKNOWN'] };
const STEPS = [{ name: 'look' }, { name: 'ask', statusNames: GRPC }];

function taken(table: StatusTable, second = 3): readonly CounterSlice[] {
  const slices: CounterSlice[] = [];
  table.take(second, slices);
  return slices;
}

describe('the statuses of answers', () => {
  it('are counted per phase and step, by number or by name', () => {
    const table = new StatusTable(PHASES, STEPS);
    for (const status of [302, 200, 302]) table.add(1, 0, status);
    table.add(0, 0, 200);
    for (const status of [0, 2, 16]) table.add(1, 1, status);
    const rows = taken(table).map(({ second, phase, step, counter, value }) => {
      return `${second} ${phase} ${step} ${counter} ${value}`;
    });
    expect(rows.sort()).toEqual([
      '3 steady ask status 16 1',
      '3 steady ask status OK 1',
      '3 steady ask status UNKNOWN 1',
      '3 steady look status 200 1',
      '3 steady look status 302 2',
      '3 warm-up look status 200 1',
    ]);
  });

  it('do not count what is none', () => {
    const table = new StatusTable(PHASES, STEPS);
    table.add(0, 0, NO_STATUS);
    table.add(0, 0, 1_000);
    expect(taken(table)).toEqual([]);
  });

  it('are each counted once over all seconds', () => {
    const second = fc.array(fc.tuple(fc.nat(1), fc.nat(1), fc.integer({ min: 0, max: 999 })));
    fc.assert(
      fc.property(fc.array(second), (seconds) => {
        const table = new StatusTable(PHASES, STEPS);
        const counts = seconds.map((answers, i) => {
          for (const [phase, step, status] of answers) table.add(phase, step, status);
          return taken(table, i).reduce((sum, slice) => sum + slice.value, 0);
        });
        expect(counts).toEqual(seconds.map((answers) => answers.length));
      }),
    );
  });
});
