import { describe, expect, it } from 'vitest';

import { costTable } from '../../bench/benches/request-cost.ts';
import { honestyTable } from '../../bench/benches/honesty.ts';
import { faultWord } from '../../bench/honesty/fault-word.ts';
import { parseOptions } from '../../bench/options.ts';
import { renderTable } from '../../bench/table.ts';

describe('a table', () => {
  it('is Markdown, its figures to the right', () => {
    expect(renderTable(['name', 'ms'], [['a', '1'], ['longer', '10.50'], ['short']])).toBe(
      [
        '| name   |    ms |',
        '|--------|------:|',
        '| a      |     1 |',
        '| longer | 10.50 |',
        '| short  |       |',
      ].join('\n'),
    );
  });

  it('of costs has medians, and the ratio to wrk round by round', () => {
    const cost = (
      cpuUsPerRequest: number,
    ): { cpuUsPerRequest: number; requestsPerSec: number } => ({
      cpuUsPerRequest,
      requestsPerSec: 1_000,
    });
    // The machine was slow in the second round, for both alike.
    const costs = new Map([
      ['callgauge', [cost(6), cost(12), cost(6.3)]],
      ['wrk', [cost(6), cost(12), cost(6)]],
    ]);
    expect(costTable(costs)).toContain(
      '| callgauge |           6.30 |       1000 |  1.00 | 1.00-1.05 |',
    );
    costs.delete('wrk');
    expect(costTable(costs)).toMatch(/callgauge .* 1000 \| +\| +\|/u);
  });

  it('of honesty has each figure over the truth, and a dash for what is not told', () => {
    const truth = { p50Ms: 1, p99Ms: 160, p999Ms: 200 };
    const table = honestyTable(truth, [
      { title: 'ours', reported: { p50Ms: 1, p99Ms: 161.6, p999Ms: 200 } },
      { title: 'naive', reported: { p50Ms: 1, p99Ms: 3.2, p999Ms: Number.NaN }, remark: 'gone' },
    ]);
    expect(table).toMatch(/\| truth +\| +1\.00 \| +160\.00 \| +200\.00 \| +\|/u);
    expect(table).toMatch(/\| ours .*\| +1\.00 \| +1\.01 \| +1\.00 \| +\|/u);
    expect(table).toMatch(/\| naive .*\| +1\.00 \| +0\.02 \| +- \| +gone \|/u);
  });
});

describe('what is wrong with a report', () => {
  const truth = { p50Ms: 1, p99Ms: 152, p999Ms: 197 };
  it.each([
    ['', { p50Ms: 1.06, p99Ms: 153.9, p999Ms: 197.5 }],
    ['hides the wait', { p50Ms: 1, p99Ms: 2.6, p999Ms: 197 }],
    ['too low', { p50Ms: 1, p99Ms: 120, p999Ms: 197 }],
    ['too high', { p50Ms: 3, p99Ms: 152, p999Ms: 197 }],
    ['whole ms only', { p50Ms: 0, p99Ms: 152, p999Ms: 197 }],
    ['no report', { p50Ms: 1, p99Ms: Number.NaN, p999Ms: 197 }],
  ])('%s', (word, reported) => {
    expect(faultWord(reported, truth)).toBe(word);
  });
});

describe('the command line', () => {
  it('takes one bench and its bounds', () => {
    expect(parseOptions(['engine', '--quick', '--connections', '1,64', '--peers', 'wrk'])).toEqual({
      bench: 'engine',
      quick: true,
      seconds: undefined,
      rounds: undefined,
      connections: [1, 64],
      peers: ['wrk'],
    });
    expect(parseOptions(['memory', '--seconds', '30']).seconds).toBe(30);
    expect(parseOptions(['honesty', '--peers', 'none']).peers).toEqual([]);
  });

  it.each([[[]], [['speed']], [['engine', 'memory']], [['engine', '--rounds', '0']]])(
    'refuses %j and says what there is',
    (argv) => {
      expect(() => parseOptions(argv)).toThrow(/npm run bench -- engine\|workers/u);
    },
  );
});
