import { describe, expect, it } from 'vitest';
import { renderTerminal, type RunReport } from '../../../src/report/index.ts';
import { expectGolden } from '../../golden/golden.ts';
import { composeSearchReport } from '../compose.ts';

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

  it('says first that the generator shaped it, then that it was stopped', async () => {
    const found = await composeSearchReport();
    const head = (report: RunReport): string => renderTerminal(report, PLAIN).split('\n')[0] ?? '';
    expect(head(found)).toContain('CAPACITY FOUND');
    const invalid = { reasons: ['late'], remedy: 'wait' };
    const verdict = { ...found.verdict, outcome: 'invalid', invalid } as const;
    expect(head({ ...found, verdict })).toContain('! INVALID');
    const unmet = { end: 'stopped', met: undefined, outcome: 'undecided' } as const;
    expect(head(await composeSearchReport(unmet))).toContain('? SEARCH STOPPED');
  });

  it('names the probes that the generator spoilt, and says whose limit the bracket ends at', async () => {
    const { capacity } = await composeSearchReport();
    const [lowest, ...others] = capacity?.rates ?? [];
    const reason = '2.0% of the arrivals were let go more than 10.0 ms late';
    const spoiltProbes = Array.from({ length: 11 }, (_, i) => ({
      phase: `find@50/s#${i + 7}`,
      reason,
    }));
    const met = lowest && { ...lowest, probes: lowest.probes.slice(0, 2), spoiltProbes };
    const unsent = others[0] && { ...others[0], verdict: 'generator' as const, reason };
    if (met === undefined || unsent === undefined) throw new Error('the search has two rates');
    const report = await composeSearchReport({
      met,
      unsent,
      missed: undefined,
      end: 'generator',
      rates: [met, unsent],
      undecided: [unsent],
    });
    const text = renderTerminal(report, { color: false, width: 100 });
    expectGolden('report-capacity-unsent', `${text.split('\n\n').slice(0, 3).join('\n\n')}\n`);
  });

  it('of a stopped one says after how many probes, not of how many seconds', async () => {
    const stopped = await composeSearchReport({ end: 'stopped' });
    const { run } = stopped.analysis;
    const analysis = {
      ...stopped.analysis,
      partial: true,
      run: { ...run, status: 'partial' },
    } as const;
    const text = renderTerminal({ ...stopped, analysis }, PLAIN);
    expect(text).toMatch(/PARTIAL RUN: the search was stopped after \d+ probes;/u);
    expect(text).not.toMatch(/stopped after [\d.]+ s/u);
  });

  it('gives the reason of a miss as a sentence of its own', async () => {
    const { capacity } = await composeSearchReport();
    const { missed } = capacity ?? {};
    const reason = 'the queue grew by 7 calls: the target does not keep up';
    const report = await composeSearchReport({ missed: missed && { ...missed, reason } });
    expect(renderTerminal(report, PLAIN)).toContain(`/s misses: ${reason}`);
  });

  it.each([80, 100])('is no wider than %i columns', async (width) => {
    const text = renderTerminal(await composeSearchReport(), { color: false, width });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
  });
});
