import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openStore, type Store } from '../../src/store/index.ts';
import { Workplace } from '../cli/callgauge-process.ts';
import { faultReport, faultScenario, meanNs } from './faults-run.ts';

const workplace = new Workplace();
/** Held open, so that the runs share one server. */
let store: Store;

beforeAll(async () => {
  store = await openStore({ dir: workplace.storeDir });
});
afterAll(async () => {
  await store.close();
  workplace.remove();
});

/**
 * The numbers of the arrivals, from a time on, that were answered with a status that is an error.
 */
async function failedArrivals(runId: string, fromNs: number): Promise<readonly number[]> {
  const rows = await store.connection.select<{ readonly seq: number }>(
    `SELECT toUInt32(SpanAttributes['callgauge.seq']) AS seq FROM otel_traces
     WHERE RunId = {runId:String} AND SpanAttributes['callgauge.outcome'] = 'status'
       AND toInt64(SpanAttributes['callgauge.intended_ns']) >= {fromNs:Int64} ORDER BY seq`,
    { runId, fromNs },
  );
  return rows.map(({ seq }) => seq);
}

describe('a run with faults', () => {
  it('breaks the same calls when it is made again with the same seed', async () => {
    const file = faultScenario(workplace, {
      forSec: 1,
      faults: `  - name: refused
    proxy: api
    toxic: { type: http_abort, status: 503, toxicity: 30% }
`,
    });
    const first = await faultReport(workplace, file);
    const again = await faultReport(workplace, file);
    // A crowded machine may be late with the fault, by some of the warm-up.
    const laterNs = Math.max(
      ...[first, again].flatMap(({ results }) => results.faults.map(({ fromNs }) => fromNs)),
    );
    const failed = await failedArrivals(first.metadata.runId, laterNs);
    expect(await failedArrivals(again.metadata.runId, laterNs)).toEqual(failed);
    // 400 arrivals, the warm-up's among them; five standard deviations of 9.2.
    expect(failed.length).toBeGreaterThan(120 * (1 - laterNs / 2e9) - 46);
    expect(failed.length).toBeLessThan(120 + 46);
    // It is a condition of the run: no time is kept out of it.
    expect(first.results.healthy.seconds).toBeGreaterThanOrEqual(1);
    expect(first.results.faults).toMatchObject([
      { fault: 'refused', attributes: { during: 'run' } },
    ]);
  });

  it('delays as a stored run measured it', async () => {
    const slow = faultScenario(workplace, {
      forSec: 1,
      faults: `  - name: slow
    proxy: api
    toxic: { type: http_delay, delay: { distribution: uniform, from: 60ms, to: 90ms } }
`,
    });
    const { metadata } = await faultReport(workplace, slow);
    const replayed = faultScenario(workplace, {
      forSec: 1,
      faults: `  - name: as-measured
    proxy: api
    toxic: { type: http_delay, delay: { distribution: histogram, run: latest, step: home } }
`,
    });
    const { results } = await faultReport(workplace, replayed);
    const [fault] = results.faults;
    expect(fault?.attributes['delay']).toContain(`run ${metadata.runId}, home, service time`);
    expect(meanNs(fault?.steps[0]?.during)).toBeGreaterThan(70e6);
    // Far above what a crowded machine adds, far below a unit that was taken for another.
    expect(meanNs(fault?.steps[0]?.during)).toBeLessThan(5_000e6);
  });
});
