import { describe, expect, it } from 'vitest';
import { renderRuns } from '../../../src/report/index.ts';
import { runRecord } from '../../analyze/memory-source.ts';
import { expectGolden } from '../../golden/golden.ts';

describe('the table of runs', () => {
  it('is as the golden file has it', () => {
    const runs = [
      runRecord({ status: 'running', endedEpochMs: 0, scenario: 'a name that goes on and on' }),
      runRecord({ status: 'partial', seed: 7, verdict: 'inconclusive' }),
      runRecord({ verdict: 'passed' }),
      runRecord({ verdict: 'failed' }),
      runRecord({ verdict: 'no thresholds' }),
    ];
    expectGolden('runs', renderRuns(runs, { color: false, width: 100 }));
    const narrow = renderRuns(runs, { color: false, width: 80 });
    for (const line of narrow.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(narrow).toContain('inconclusive');
  });

  it('of none is a sentence', () => {
    expect(renderRuns([], { color: false, width: 80 })).toBe('no runs are stored yet\n');
  });
});
