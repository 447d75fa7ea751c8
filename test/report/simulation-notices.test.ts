import { describe, expect, it } from 'vitest';
import { simulationNotices } from '../../src/report/simulation/simulation-section.ts';
import type { SimulationResult, StepSide } from '../../src/report/simulation/simulation-result.ts';
import { composeReport } from './compose.ts';
import { healthyRun } from './sample-runs.ts';

const NAME = 'FEW ATTEMPTS';

describe('what a simulation says of the attempts that it draws from', () => {
  it('names a step that the run hardly called, and that is simulated more often', async () => {
    const [notice] = await fewNotices({ run: side(1), simulated: side(376) });
    expect(notice?.reasons).toEqual(['get: 1 attempt in the run, 376 attempts simulated']);
  });

  it('is silent of enough attempts, and where no more are simulated than the run made', async () => {
    expect(await fewNotices({ run: side(100), simulated: side(1_000) })).toEqual([]);
    expect(await fewNotices({ run: side(60), simulated: side(60) })).toEqual([]);
    expect(await fewNotices({ run: undefined, simulated: side(60) })).toEqual([]);
  });
});

async function fewNotices(sides: Pick<SimulationResult['steps'][number], 'run' | 'simulated'>) {
  const drawn = { attempts: 376, unknown: 0, unknownFromNs: undefined, borrowed: 0 };
  const simulation: SimulationResult = {
    as: { runId: '6b0e4dfd61ad2c92', startedEpochMs: 0, isPartial: false },
    steps: [{ step: 'get', target: 'orders', ...sides, ...drawn, failsAgain: undefined }],
    loads: [],
    leftOut: [],
  };
  const report = await composeReport(healthyRun(), []);
  return simulationNotices({ ...report, simulation }).filter(({ claim }) => claim.startsWith(NAME));
}

function side(attempts: number): StepSide {
  const success = { ratio: 1, lower: 0.9, upper: 1 };
  return { calls: attempts, success, percentiles: [], attempts, attemptsPerCall: 1 };
}
