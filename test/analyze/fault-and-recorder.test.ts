import { expect, it } from 'vitest';

import { analyzeRun } from '../../src/analyze/index.ts';
import { NS_PER_MS, NS_PER_SEC, OK, type HistogramSlice } from '../../src/core/index.ts';
import { Recorder } from '../../src/record/index.ts';
import { memorySource, runRecord } from './memory-source.ts';

const RATE_PER_SEC = 100;
const WINDOW = { fromSec: 10, toSec: 14 };

/**
 * A run as the recorder sees it: quick calls, but 3 s for those that begin in the fault's window.
 */
function recorded(): HistogramSlice[] {
  const recorder = new Recorder({
    seed: 1,
    phases: ['steady'],
    targets: ['api'],
    steps: [{ name: 'home', target: 'api' }],
    keep: { headRatio: 0, errors: false, slowRatio: 0 },
  });
  const calls = Array.from({ length: 30 * RATE_PER_SEC }, (_, seq) => {
    const intendedNs = (seq * NS_PER_SEC) / RATE_PER_SEC;
    const sec = intendedNs / NS_PER_SEC;
    const isHeldUp = sec >= WINDOW.fromSec && sec < WINDOW.toSec;
    return { seq, intendedNs, endNs: intendedNs + (isHeldUp ? 3_000 : 10) * NS_PER_MS };
  }).sort((a, b) => a.endNs - b.endNs);
  const slices: HistogramSlice[] = [];
  let second = 0;
  for (const { seq, intendedNs, endNs } of calls) {
    while (endNs >= (second + 1) * NS_PER_SEC) {
      slices.push(...recorder.takeSlice(second++).histograms);
    }
    recorder.record({
      seq,
      spanSeq: seq,
      phaseIndex: 0,
      stepIndex: 0,
      intendedNs,
      seenNs: intendedNs,
      sentNs: intendedNs,
      firstByteNs: endNs,
      endNs,
      outcome: OK,
      status: 200,
      bytesIn: 0,
      bytesOut: 0,
      localPort: 0,
      error: '',
      attempt: 0,
      callOutcome: OK,
      endpoint: 0,
    });
  }
  slices.push(...recorder.takeSlice(second).histograms);
  return slices;
}

it('keeps calls that a fault held up out of the healthy time, however long after it they end', async () => {
  const phase = {
    name: 'steady',
    fromNs: 0,
    toNs: 30 * NS_PER_SEC,
    measured: true,
    model: 'open' as const,
  };
  const source = memorySource({
    run: runRecord({ phases: [phase] }),
    seconds: recorded(),
    windows: [
      {
        fault: 'stall',
        placeKind: 'proxy',
        place: 'p',
        effect: 'latency',
        attributes: {},
        fromNs: WINDOW.fromSec * NS_PER_SEC,
        toNs: WINDOW.toSec * NS_PER_SEC,
      },
    ],
  });
  const analysis = await analyzeRun(source, 'latest');
  const [edge] = analysis.edges;
  expect(edge?.attempt.maxNs).toBeLessThan(11 * NS_PER_MS);
  // 30 s less the window and a guard of a second on both sides.
  expect(edge?.attempt.n).toBe((30 - 6) * RATE_PER_SEC);
  const [effect] = analysis.faults[0]?.steps ?? [];
  expect(effect?.during.response.maxNs).toBeGreaterThan(2_990 * NS_PER_MS);
  expect(effect?.before.response.maxNs).toBeLessThan(11 * NS_PER_MS);
});
