import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../src/core/index.ts';
import type { FaultSpec } from '../../src/faults/index.ts';
import { FaultMarks } from '../../src/run/fault-marks.ts';
import { NO_TOUCHES, type Touches } from '../../src/toxics/index.ts';
import { RunIds } from '../../src/trace/index.ts';
import { keptCall } from '../export/opentelemetry/kept-call.ts';

const ids = new RunIds('691fab800000beef');
const SLOW: FaultSpec = {
  name: 'slow',
  proxy: 'payment',
  toxic: { type: 'latency', stream: 'downstream', toxicity: 0.3, settings: {} },
};
const WINDOW = { fault: 'slow', placeKind: 'proxy', place: 'payment', effect: 'latency' } as const;

function marksOf(takeTouches: () => Promise<Touches>): FaultMarks {
  const marks = new FaultMarks(ids);
  marks.begin({
    originEpochMs: 0,
    windows: () => [{ ...WINDOW, attributes: {}, fromNs: 0, toNs: Infinity }],
    ports: () => [],
    specs: () => [SLOW],
    takeTouches: async () => [await takeTouches()],
  });
  return marks;
}

describe('the marks of a run', () => {
  it('know after an update what was touched when it was asked for', async () => {
    const { seq, spanSeq } = keptCall();
    const context = { traceId: ids.traceId(seq), spanId: ids.spanId(spanSeq) };
    const request = { proxy: 'payment', toxic: 'slow', ...context, atEpochMs: 0.002 };
    const marks = marksOf(async () => ({ ...NO_TOUCHES, requests: [request], lost: 2 }));
    expect(marks.ofCall(keptCall(), 0)).toEqual({ touchedBy: [], active: ['slow'] });
    await marks.update();
    expect(marks.ofCall(keptCall(), 0)).toEqual({ touchedBy: ['slow'], active: ['slow'] });
    expect(marks.ofCall(keptCall({ spanSeq: 3 }), 0).touchedBy).toEqual([]);
    expect(marks.lost).toBe(2);
  });

  it('ask again for whoever comes while they ask, once for all of these', async () => {
    const answers: (() => void)[] = [];
    const marks = marksOf(async () => {
      await new Promise<void>((resolve) => {
        answers.push(resolve);
      });
      return NO_TOUCHES;
    });
    const first = marks.update();
    await expect.poll(() => answers.length).toBe(1);
    let secondDone = false;
    const second = marks.update().then(() => (secondDone = true));
    const third = marks.update();
    answers[0]?.();
    await first;
    await expect.poll(() => answers.length).toBe(2);
    expect(secondDone).toBe(false);
    answers[1]?.();
    await Promise.all([second, third]);
    expect(answers.length).toBe(2);
  });

  it('go on where the proxies have died', async () => {
    const marks = marksOf(async () => {
      throw new HarnessError('PROXY_FAILED', 'the proxies stopped', { hint: '' });
    });
    await marks.update();
    await marks.update();
    expect(marks.ofCall(keptCall(), 0)).toEqual({ touchedBy: [], active: ['slow'] });
  });
});
