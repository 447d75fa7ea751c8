import { describe, expect, it } from 'vitest';
import { CounterTable } from '../../src/record/counter-table.ts';
import { MessageSeries } from '../../src/record/message-series.ts';
import { HistogramPacker, unpackedHistograms } from '../../src/record/packed-histograms.ts';

const names = {
  phases: ['warm-up', 'main'],
  steps: [
    { name: 'create', target: 'shop' },
    { name: 'watch', target: 'shop' },
  ],
};

describe('the messages of streams', () => {
  it('are counted by step, and timed where they have a time', () => {
    const counters = new CounterTable(names.phases, ['create', 'watch']);
    const messages = new MessageSeries(names, counters);
    messages.went(1, 0);
    messages.came(1, 0, -1);
    messages.came(1, 1, -1);
    messages.came(1, 1, 100);
    messages.came(1, 1, 100);
    messages.came(1, 1, 0);
    const packer = new HistogramPacker();
    messages.take(7, packer);
    expect(unpackedHistograms(packer.take())).toEqual([
      {
        second: 7,
        phase: 'main',
        step: 'watch',
        target: 'shop',
        outcome: 'ok',
        clock: 'message',
        valueNs: [1, 100],
        count: [1, 2],
      },
    ]);
    expect(counters.take(7)).toEqual([
      { second: 7, phase: 'main', step: 'create', counter: 'messages_in', value: 1 },
      { second: 7, phase: 'main', step: 'watch', counter: 'messages_in', value: 4 },
      { second: 7, phase: 'main', step: 'create', counter: 'messages_out', value: 1 },
    ]);
    messages.take(8, packer);
    expect(packer.take().series).toEqual([]);
  });
});
