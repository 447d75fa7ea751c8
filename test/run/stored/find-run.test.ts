import { describe, expect, it } from 'vitest';

import type { RunRecord } from '../../../src/core/index.ts';
import { findRunId } from '../../../src/run/stored/find-run.ts';
import { runRecord } from '../../analyze/memory-source.ts';

const IDS = ['6b0be50000000001', '6b0be50000000002', '6b0be4ffffffffff'] as const;

const source = {
  runsBeginning: async (prefix: string, limit: number): Promise<readonly RunRecord[]> =>
    IDS.filter((id) => id.startsWith(prefix))
      .slice(0, limit)
      .map((runId) => runRecord({ runId })),
};

describe('which run is meant', () => {
  it.each([
    ['latest', 'latest'],
    ['LATEST', 'latest'],
    [IDS[1], IDS[1]],
    ['6b0be4', IDS[2]],
    ['6B0BE4F', IDS[2]],
    // Whether the store holds it is found where it is read.
    ['0000000000000000', '0000000000000000'],
  ])('%s', async (word, runId) => {
    expect(await findRunId(source, word)).toBe(runId);
  });

  it.each([
    ['6b0be5', 'USAGE_INVALID', '6b0be5 is the beginning of 2 runs:\n  6b0be50000000001  2026-'],
    ['6b0', 'USAGE_INVALID', 'at least 4 digits, got 3 (6b0)'],
    ['ffff', 'RUN_NOT_FOUND', 'the store holds no run that begins with ffff'],
    ['', 'USAGE_INVALID', 'a run is named by its id or "latest", got \'\''],
    ['quickstart', 'RUN_NOT_FOUND', 'the store holds no run quickstart'],
  ])('%s is refused', async (word, code, message) => {
    await expect(findRunId(source, word)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as unknown,
    });
  });
});
