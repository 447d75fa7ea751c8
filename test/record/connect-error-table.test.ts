import { expect, it } from 'vitest';
import { ConnectErrorTable } from '../../src/record/connect-error-table.ts';
import { MAX_REASONS_PER_STEP } from '../../src/record/error-table.ts';

it('counts by phase, target and text, and begins anew with each second', () => {
  const table = new ConnectErrorTable(['warm-up', 'steady'], ['orders', 'payment']);
  table.add(0, 1, 'ECONNREFUSED');
  table.add(1, 0, 'EMFILE');
  table.add(1, 0, 'EMFILE');
  table.add(1, 0, 'connect timeout');
  expect(table.take(7)).toEqual([
    { second: 7, phase: 'warm-up', target: 'payment', text: 'ECONNREFUSED', count: 1 },
    { second: 7, phase: 'steady', target: 'orders', text: 'EMFILE', count: 2 },
    { second: 7, phase: 'steady', target: 'orders', text: 'connect timeout', count: 1 },
  ]);
  expect(table.take(8)).toEqual([]);
});

it('counts together what comes past the bound of texts of a target, and loses none', () => {
  const table = new ConnectErrorTable(['steady'], ['orders']);
  for (let text = 0; text < MAX_REASONS_PER_STEP + 5; text++) table.add(0, 0, `text ${text}`);
  table.add(0, 0, 'text 0');
  const slices = table.take(0);
  expect(slices).toHaveLength(MAX_REASONS_PER_STEP + 1);
  expect(slices.find(({ text }) => text === 'other')?.count).toBe(5);
  expect(slices.find(({ text }) => text === 'text 0')?.count).toBe(2);
});
