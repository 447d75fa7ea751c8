import { expect, test } from 'vitest';
import { errorFromRow } from '../../src/store/tables/error-table.ts';

const ROW = { Phase: 'steady', Step: 'pay', Outcome: 'check', Text: 'check body', Total: 3 };

test('a row is how often a reason came', () => {
  expect(errorFromRow(ROW)).toEqual({
    second: 0,
    phase: 'steady',
    step: 'pay',
    outcome: 'check',
    text: 'check body',
    count: 3,
  });
});

test('an outcome that a newer version wrote is passed over', () => {
  expect(errorFromRow({ ...ROW, Outcome: 'shed' })).toBeUndefined();
});
