import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../src/analyze/index.ts';
import type { RunRecord, ServiceEnd } from '../../src/core/index.ts';
import { evaluateThresholds, type Verdict } from '../../src/gate/index.ts';
import { memorySource, runRecord } from '../analyze/memory-source.ts';
import { starvedRun, thinRun } from '../report/sample-runs.ts';

async function verdictOf(run: Partial<RunRecord>, stored = thinRun()): Promise<Verdict> {
  const source = memorySource({ ...stored, run: runRecord(run) });
  return evaluateThresholds([], await analyzeRun(source, 'latest'));
}

function endAt(atNs: number): readonly ServiceEnd[] {
  return [{ service: 'orders', code: 1, signal: null, atNs, lastOutput: '' }];
}

describe('a service that ended unasked', () => {
  it('fails its run where the load went on, and not after it', async () => {
    expect(await verdictOf({})).toMatchObject({ outcome: 'passed', lostServices: [] });
    expect(await verdictOf({ serviceEnds: endAt(34e9) })).toMatchObject({
      outcome: 'failed',
      lostServices: [{ service: 'orders' }],
    });
    expect((await verdictOf({ serviceEnds: endAt(36e9) })).outcome).toBe('passed');
  });

  it('fails a run that has no end, and one whose numbers must not be believed', async () => {
    const open = { status: 'running', endedEpochMs: 0 } as const;
    expect((await verdictOf({ ...open, serviceEnds: endAt(99e9) })).outcome).toBe('failed');
    expect((await verdictOf({}, starvedRun())).outcome).toBe('invalid');
    const starved = await verdictOf({ serviceEnds: endAt(1) }, starvedRun());
    expect(starved.outcome).toBe('failed');
    expect(starved.invalid).toBeDefined();
  });
});
