import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NO_STATUS, NS_PER_SEC, TRANSPORT } from '../../src/core/index.ts';
import {
  buffersOf,
  type FinishedCall,
  LogLinearHistogram,
  Recorder,
  takenFrom,
  unpackedSlice,
} from '../../src/record/index.ts';
import { HistogramPacker, unpackedHistograms } from '../../src/record/packed-histograms.ts';
import { sampleCall } from './sample-call.ts';

const timesNs = fc.array(fc.integer({ min: 1, max: 3_600 * NS_PER_SEC }), { maxLength: 700 });
const key = { phase: 'main', step: 'get', target: 'shop', outcome: 'ok' } as const;

function histogramOf(values: readonly number[], octaveBits: number): LogLinearHistogram {
  const histogram = new LogLinearHistogram(octaveBits);
  for (const value of values) histogram.record(value);
  return histogram;
}

it('gives each histogram back as it was, without those that are empty', () => {
  const packer = new HistogramPacker();
  const histogram = fc.tuple(timesNs, fc.constantFrom(6, 10));
  fc.assert(
    fc.property(fc.array(histogram, { maxLength: 4 }), (histograms) => {
      for (const [second, [values, octaveBits]] of histograms.entries()) {
        const from = histogramOf(values, octaveBits);
        packer.add(second, key, 'response', from);
        expect(from.count).toBe(0);
      }
      const wanted = histograms.flatMap(([values, octaveBits], second) =>
        values.length === 0
          ? []
          : [{ second, ...key, clock: 'response', ...takenFrom(histogramOf(values, octaveBits)) }],
      );
      expect(unpackedHistograms(packer.take())).toEqual(wanted);
    }),
  );
});

const call = sampleCall({
  ...{ spanSeq: 3, seenNs: 110, sentNs: 120, firstByteNs: 500, endNs: 600, localPort: 30_000 },
});
const failed: FinishedCall = {
  ...call,
  ...{ seq: 5, outcome: TRANSPORT, status: NO_STATUS, firstByteNs: -1, error: 'ECONNRESET' },
};

function recorder(headRatio: number): Recorder {
  return new Recorder({
    seed: 1,
    phases: ['main'],
    targets: ['shop'],
    steps: [{ name: 'get', target: 'shop' }],
    keep: { headRatio, errors: true, slowRatio: 0 },
    maxHeldPerSecond: 10,
  });
}

it.each([
  [0, { kept: ['error 5'], held: 1 }],
  [1, { kept: ['head 5', 'head 3'], held: 0 }],
])('is the same slice behind another thread: head sample %d', (headRatio, { kept, held }) => {
  const [here, there] = [recorder(headRatio), recorder(headRatio)];
  for (const to of [here, there]) {
    to.record(call);
    to.record(failed);
  }
  const packed = there.takePacked(0);
  const buffers = buffersOf(packed);
  const slice = unpackedSlice(structuredClone(packed, { transfer: buffers }));
  expect(buffers.map(({ byteLength }) => byteLength)).toEqual(buffers.map(() => 0));
  expect(slice).toEqual(here.takeSlice(0));
  expect(slice.kept.map((one) => `${one.kept} ${one.seq}`)).toEqual(kept);
  expect(slice.held.map(({ count }) => count)).toEqual(held === 0 ? [] : [held]);
});
