import { describe, expect, it } from 'vitest';
import { CANCELLED, CHECK, OK, STATUS, TIMEOUT, TRANSPORT } from '../../src/core/index.ts';
import {
  ErrorTable,
  MAX_MESSAGES_PER_STEP,
  MAX_REASONS_PER_STEP,
} from '../../src/record/error-table.ts';

const call: Parameters<ErrorTable['add']>[0] = {
  phaseIndex: 0,
  stepIndex: 1,
  outcome: CHECK,
  status: 200,
  error: 'check body',
};

describe('why calls failed', () => {
  it('is counted per phase, step, outcome and text, once each', () => {
    const table = new ErrorTable(['warm-up', 'steady'], [{ name: 'look' }, { name: 'buy' }]);
    table.add(call);
    table.add(call);
    table.add({ ...call, phaseIndex: 1 });
    table.add({ ...call, stepIndex: 0, outcome: STATUS, status: 503, error: '' });
    table.add({ ...call, outcome: TRANSPORT, error: 'ECONNREFUSED' });
    table.add({ ...call, outcome: TIMEOUT, error: '' });
    table.add({ ...call, outcome: CANCELLED, error: '' });
    table.add({ ...call, outcome: OK, error: '' });
    const rows = table.take(7).map(({ second, phase, step, outcome, text, count }) => {
      return `${second} ${phase} ${step} ${outcome} ${text} ${count}`;
    });
    expect(rows).toEqual([
      '7 warm-up look status status 503 1',
      '7 warm-up buy check check body 2',
      '7 warm-up buy transport ECONNREFUSED 1',
      '7 warm-up buy timeout timeout 1',
      '7 steady buy check check body 1',
    ]);
    expect(table.take(8)).toEqual([]);
  });

  it('is the name of the status where its protocol has names', () => {
    const statusNames = { protocol: 'odd', names: ['FINE', 'GONE'] };
    const table = new ErrorTable(['p'], [{ name: 's' }, { name: 't', statusNames }]);
    table.add({ ...call, outcome: STATUS, status: 1, error: '' });
    expect(table.take(0).map(({ text }) => text)).toEqual(['GONE']);
  });

  it('is bounded, and no failure is missing from it', () => {
    const table = new ErrorTable(['p'], [{ name: 's' }, { name: 't' }]);
    for (let i = 0; i < 100; i++) table.add({ ...call, error: `check ${i}` });
    table.add({ ...call, error: 'check 3' });
    const rows = table.take(0);
    expect(rows).toHaveLength(MAX_REASONS_PER_STEP + 1);
    expect(rows.find(({ text }) => text === 'other')?.count).toBe(100 - MAX_REASONS_PER_STEP);
    expect(rows.find(({ text }) => text === 'check 3')?.count).toBe(2);
    // The reasons that are told apart stay the same through the run.
    table.add({ ...call, error: 'check 99' });
    expect(table.take(1).map(({ text }) => text)).toEqual(['other']);
  });

  it('has what the target says of a status beside it, for the first few that it says', () => {
    const statusNames = { protocol: 'odd', names: ['FINE', 'GONE', 'BUSY'] };
    const table = new ErrorTable(['p'], [{ name: 's' }, { name: 't', statusNames }]);
    const failed = { ...call, outcome: STATUS, status: 1 } as const;
    for (let i = 0; i < 100; i++) table.add({ ...failed, error: `odd GONE: order ${i}: none` });
    table.add({ ...failed, error: 'odd GONE: order 3: none' });
    table.add({ ...failed, status: 2, error: 'odd BUSY: later' });
    const counts = Object.fromEntries(table.take(0).map(({ text, count }) => [text, count]));
    expect(counts).toMatchObject({
      'GONE: order 3: none': 2,
      GONE: 100 - MAX_MESSAGES_PER_STEP,
      BUSY: 1,
    });
    expect(Object.keys(counts)).toHaveLength(MAX_MESSAGES_PER_STEP + 2);
  });
});
