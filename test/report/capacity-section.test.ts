import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../src/report/index.ts';
import { expectGolden } from '../golden/golden.ts';
import { composeSearchReport } from './compose.ts';

const PLAIN = { color: false, width: 80 };

describe('the report of a capacity search', () => {
  it('is as the golden file has it', async () => {
    const text = renderTerminal(await composeSearchReport(), { color: false, width: 100 });
    // What follows is that of any run.
    expectGolden('report-capacity', `${text.split('\n\n').slice(0, 3).join('\n\n')}\n`);
  });

  it('never names one end of the bracket without what is known of the other', async () => {
    const { capacity } = await composeSearchReport();
    const [lowest] = capacity?.rates ?? [];
    const text = async (changes: Parameters<typeof composeSearchReport>[0]): Promise<string> =>
      renderTerminal(await composeSearchReport(changes), PLAIN);
    expect(await text({ missed: undefined, end: 'range' })).toContain(
      ': the highest rate of the search',
    );
    expect(await text({ missed: undefined, end: 'stopped' })).toContain('the search was stopped');
    const below = await text({ met: undefined, missed: lowest, outcome: 'below' });
    expect(below).toMatch(/below 50\.0\/s \(\d probes?\), the lowest rate of the search/u);
    expect(below).toContain('BELOW THE RANGE');
  });

  it.each([80, 100])('is no wider than %i columns', async (width) => {
    const text = renderTerminal(await composeSearchReport(), { color: false, width });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
  });
});
