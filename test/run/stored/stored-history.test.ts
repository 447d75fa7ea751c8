import { expect, it } from 'vitest';
import type { RunSource } from '../../../src/analyze/index.ts';
import { historyOf } from '../../../src/run/stored/stored-history.ts';
import { runRecord } from '../../analyze/memory-source.ts';

it('leaves out runs of two versions, whose steps and rates are none of the scenario', async () => {
  const targets = { 'orders@a': 'http://127.0.0.1:8080', 'orders@b': 'http://127.0.0.1:8081' };
  const source = { runs: () => Promise.resolve([runRecord({ targets })]) };
  const wishes = {
    scenario: 'shop',
    steps: [],
    measures: ['p50'],
    runsMax: 50,
    anyMachine: false,
    changeRatioMin: 0.05,
    freshRuns: 5,
  };
  const history = await historyOf(source as unknown as RunSource, wishes);
  expect(history.runs).toEqual([]);
  expect(history.leftOut).toEqual([{ reason: 'of two versions, by ab', count: 1 }]);
});
