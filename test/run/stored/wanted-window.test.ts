import { describe, expect, it } from 'vitest';
import { epochNowMs, epochNsFromMs } from '../../../src/core/index.ts';
import {
  OPEN_FROM_EPOCH_NS,
  OPEN_TO_EPOCH_NS,
  selectWindow,
} from '../../../src/run/stored/wanted-window.ts';
import { memorySource, runRecord } from '../../analyze/memory-source.ts';

const source = memorySource({ run: runRecord(), seconds: [] });

describe('the traces that are wanted', () => {
  it('are those of a run, by the beginning of its id', async () => {
    const { runId, startedEpochMs, endedEpochMs } = runRecord();
    expect(await selectWindow(source, { run: runId.slice(0, 6), serviceName: 'cart' })).toEqual({
      runId,
      fromEpochNs: epochNsFromMs(startedEpochMs),
      toEpochNs: epochNsFromMs(endedEpochMs),
      serviceName: 'cart',
    });
    await expect(selectWindow(source, { run: 'ffffffffffffffff' })).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
  });

  it('are those of a time, open where it has no bound', async () => {
    expect(await selectWindow(source, { time: { fromEpochNs: 7n } })).toEqual({
      fromEpochNs: 7n,
      toEpochNs: OPEN_TO_EPOCH_NS,
    });
    const { fromEpochNs, toEpochNs } = await selectWindow(source, { time: { sinceNs: 500n } });
    // From a whole second on: what lies in the same second does so whenever it is asked.
    expect(fromEpochNs % 1_000_000_000n).toBe(0n);
    expect(toEpochNs - fromEpochNs).toBeGreaterThanOrEqual(500n);
    expect(toEpochNs - fromEpochNs).toBeLessThan(1_000_000_500n);
    expect(toEpochNs).toBeLessThanOrEqual(epochNsFromMs(epochNowMs()));
    expect((await selectWindow(source, {})).fromEpochNs).toBe(OPEN_FROM_EPOCH_NS);
  });
});
