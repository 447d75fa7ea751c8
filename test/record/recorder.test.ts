import { describe, expect, it } from 'vitest';
import {
  CHECK,
  CANCELLED,
  NO_STATUS,
  OK,
  OUTCOMES,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../src/core/index.ts';
import {
  type FinishedCall,
  HISTOGRAM_MAX_NS,
  Recorder,
  type RecorderOptions,
} from '../../src/record/index.ts';
import { headSampling } from '../../src/trace/index.ts';

const options: RecorderOptions = {
  seed: 7,
  phases: ['warm-up', 'steady'],
  targets: ['orders'],
  steps: [
    { name: 'create', target: 'orders' },
    { name: 'pay', target: 'orders' },
  ],
  keep: { headRatio: 0, errors: false, slowRatio: 0 },
};

function call(over: Partial<FinishedCall> = {}): FinishedCall {
  return {
    seq: 0,
    spanSeq: 0,
    phaseIndex: 1,
    stepIndex: 0,
    intendedNs: 100,
    seenNs: 150,
    sentNs: 400,
    firstByteNs: 800,
    endNs: 1_000,
    outcome: OK,
    status: 200,
    bytesIn: 10,
    bytesOut: 20,
    localPort: 40_001,
    error: '',
    attempt: 0,
    callOutcome: OK,
    endpoint: 0,
    ...over,
  };
}

const keeping = (keep: Partial<RecorderOptions['keep']>): Recorder =>
  new Recorder({ ...options, keep: { ...options.keep, ...keep } });

describe('what a second gathered', () => {
  it('has service time from the send and response time from the intended start', () => {
    const recorder = new Recorder(options);
    recorder.record(call());
    // Taken with second 3, and of second 0 all the same: it was to start in that one.
    const key = { second: 0, phase: 'steady', step: 'create', target: 'orders', outcome: 'ok' };
    expect(recorder.takeSlice(3).histograms).toEqual([
      { ...key, clock: 'response', valueNs: [900], count: [1] },
      { ...key, clock: 'corrected', valueNs: [850], count: [1] },
      { ...key, clock: 'service', valueNs: [600], count: [1] },
      { ...key, clock: 'wait', valueNs: [251], count: [1] },
      { ...key, clock: 'first_byte', valueNs: [402], count: [1] },
      { ...key, clock: 'body', valueNs: [201], count: [1] },
    ]);
  });

  it('keeps every outcome apart, each at its own bound', () => {
    const recorder = new Recorder(options);
    for (const outcome of [OK, STATUS, TIMEOUT, TRANSPORT, CANCELLED] as const) {
      recorder.record(call({ outcome, endNs: 1_000 + outcome * 100 }));
    }
    const responses = recorder.takeSlice(0).histograms.filter((h) => h.clock === 'response');
    expect(responses.map((h) => [h.outcome, h.valueNs, h.count])).toEqual(
      OUTCOMES.slice(0, 5).map((outcome, code) => [outcome, [900 + code * 100], [1]]),
    );
  });

  it('has no service time for a call that was never sent', () => {
    const recorder = new Recorder(options);
    recorder.record(call({ sentNs: -1, firstByteNs: -1, outcome: CANCELLED }));
    expect(recorder.takeSlice(0).histograms.map((h) => h.clock)).toEqual(['response', 'corrected']);
  });

  it('has how long an answer may have lain unread, of answers only', () => {
    const recorder = new Recorder({ ...options, unreadForNs: (readNs) => readNs - 990 });
    recorder.record(call());
    recorder.record(call({ outcome: STATUS, endNs: 1_005 }));
    recorder.record(call({ outcome: CHECK, endNs: 1_020 }));
    recorder.record(call({ outcome: TIMEOUT, endNs: 2_000 }));
    recorder.record(call({ outcome: TRANSPORT, endNs: 2_000 }));
    const [unread] = recorder.takeSlice(0).histograms.filter((h) => h.clock === 'uncertainty');
    expect(unread).toMatchObject({
      phase: 'steady',
      step: '',
      valueNs: [10, 15, 30],
      count: [1, 1, 1],
    });
  });

  it('has the lag of every arrival and the time of every connection', () => {
    const recorder = new Recorder(options);
    recorder.arrival(0, 40);
    recorder.arrival(0, 50);
    recorder.connected(0, 0, 300, false);
    recorder.connected(0, 0, 300, true);
    const slice = recorder.takeSlice(0);
    expect(slice.histograms).toEqual([
      {
        second: 0,
        phase: 'warm-up',
        step: '',
        target: '',
        outcome: 'ok',
        clock: 'lag',
        valueNs: [40, 50],
        count: [1, 1],
      },
      {
        second: 0,
        phase: 'warm-up',
        step: '',
        target: 'orders',
        outcome: 'ok',
        clock: 'connect',
        valueNs: [300],
        count: [2],
      },
    ]);
    expect(slice.counters).toEqual([
      { second: 0, phase: 'warm-up', step: '', counter: 'arrivals', value: 2 },
      { second: 0, phase: 'warm-up', step: '', counter: 'connects', value: 2 },
      { second: 0, phase: 'warm-up', step: '', counter: 'reconnects', value: 1 },
    ]);
  });

  it('counts all that is not in the histograms', () => {
    const recorder = new Recorder(options);
    recorder.droppedArrival(1);
    recorder.abandonedStep(1, 1);
    recorder.lateResponse(1);
    recorder.record(call());
    recorder.record(call({ endNs: HISTOGRAM_MAX_NS * 2 }));
    const counted = recorder.takeSlice(2).counters.map((c) => [c.counter, c.step, c.value]);
    expect(counted).toEqual([
      ['dropped_arrivals', '', 1],
      ['clamped', 'create', 2],
      ['late_responses', '', 1],
      ['abandoned_steps', 'pay', 1],
      ['bytes_in', 'create', 20],
      ['bytes_out', 'create', 40],
      ['status 200', 'create', 2],
    ]);
  });

  it('counts the statuses of whole answers, whatever they were worth', () => {
    const recorder = new Recorder(options);
    recorder.record(call({ status: 302 }));
    recorder.record(call({ status: 302, outcome: CHECK }));
    recorder.record(call({ status: 503, outcome: STATUS }));
    // Its head came, and its body did not.
    recorder.record(call({ status: 200, outcome: TIMEOUT }));
    recorder.record(call({ status: NO_STATUS, outcome: TRANSPORT }));
    const statuses = recorder
      .takeSlice(2)
      .counters.filter(({ counter }) => counter.startsWith('status'))
      .map((c) => [c.phase, c.step, c.counter, c.value]);
    expect(statuses).toEqual([
      ['steady', 'create', 'status 302', 2],
      ['steady', 'create', 'status 503', 1],
    ]);
  });

  it('is gone from the next slice', () => {
    const recorder = keeping({ headRatio: 1 });
    recorder.record(call());
    recorder.arrival(1, 5);
    recorder.takeSlice(0);
    expect(recorder.takeSlice(1)).toEqual({
      second: 1,
      histograms: [],
      counters: [],
      errors: [],
      connectErrors: [],
      kept: [],
      held: [],
    });
  });
});

describe('which calls are kept', () => {
  it('are two of every reason at least, however many fail for another', () => {
    const recorder = new Recorder({
      ...options,
      keep: { headRatio: 0, errors: true, slowRatio: 0 },
      maxKeptPerSecond: 10,
    });
    for (let seq = 0; seq < 500; seq++) {
      recorder.record(call({ seq, outcome: TRANSPORT, error: 'ECONNRESET', status: NO_STATUS }));
    }
    for (let seq = 500; seq < 503; seq++)
      recorder.record(call({ seq, outcome: STATUS, status: 503 }));
    recorder.record(call({ seq: 503, outcome: TIMEOUT, status: NO_STATUS }));
    const { kept, counters } = recorder.takeSlice(0);
    expect(kept.slice(10).map((k) => k.seq)).toEqual([500, 501, 503]);
    // None is missing without a count.
    expect(counters.find((c) => c.counter === 'dropped_spans')?.value).toBe(504 - kept.length);
  });

  it('are those of the head sample, by the arrival: all steps of it or none', () => {
    const recorder = keeping({ headRatio: 0.1 });
    for (let seq = 0; seq < 500; seq++) {
      recorder.record(call({ seq, stepIndex: 0 }));
      recorder.record(call({ seq, stepIndex: 1 }));
    }
    const inSample = headSampling(7, 0.1);
    const expected = Array.from({ length: 500 }, (_, seq) => seq).filter((seq) => inSample(seq));
    const { kept } = recorder.takeSlice(0);
    expect(kept.filter((k) => k.step === 'create').map((k) => k.seq)).toEqual(expected);
    expect(kept.filter((k) => k.step === 'pay').map((k) => k.seq)).toEqual(expected);
    expect(new Set(kept.map((k) => k.kept))).toEqual(new Set(['head']));
  });

  it('are all that failed, with what happened', () => {
    const recorder = keeping({ errors: true });
    recorder.record(call());
    recorder.record(
      call({ seq: 5, spanSeq: 11, outcome: TRANSPORT, status: NO_STATUS, error: 'ECONNRESET' }),
    );
    expect(recorder.takeSlice(0).kept).toEqual([
      {
        seq: 5,
        spanSeq: 11,
        phase: 'steady',
        step: 'create',
        target: 'orders',
        intendedNs: 100,
        seenNs: 150,
        sentNs: 400,
        firstByteNs: 800,
        endNs: 1_000,
        outcome: 'transport',
        status: NO_STATUS,
        bytesIn: 10,
        bytesOut: 20,
        localPort: 40_001,
        error: 'ECONNRESET',
        kept: 'error',
      },
    ]);
  });

  it('are the slowest of their own step, once enough is known', () => {
    const recorder = keeping({ slowRatio: 0.01 });
    for (let i = 1; i <= 1_000; i++) {
      recorder.record(call({ endNs: 100 + i * 1_000 }));
      recorder.record(call({ stepIndex: 1, endNs: 100 + i * 1_000_000 }));
    }
    expect(recorder.takeSlice(0).kept).toEqual([]);
    recorder.record(call({ seq: 1, endNs: 100 + 980_000 }));
    recorder.record(call({ seq: 2, endNs: 100 + 995_000 }));
    recorder.record(call({ seq: 3, stepIndex: 1, endNs: 100 + 995_000 }));
    const { kept } = recorder.takeSlice(1);
    expect(kept.map((k) => [k.seq, k.kept])).toEqual([[2, 'slow']]);
  });

  it('are bounded, and what is past the bound is counted', () => {
    const recorder = new Recorder({
      ...options,
      keep: { headRatio: 1, errors: true, slowRatio: 0 },
      maxKeptPerSecond: 3,
    });
    for (let seq = 0; seq < 5; seq++) recorder.record(call({ seq }));
    const slice = recorder.takeSlice(0);
    expect(slice.kept.map((k) => k.seq)).toEqual([0, 1, 2]);
    expect(slice.counters.find((c) => c.counter === 'dropped_spans')?.value).toBe(2);
    recorder.record(call({ seq: 9 }));
    expect(recorder.takeSlice(1).kept.map((k) => k.seq)).toEqual([9]);
  });

  it('say a moment of sending that lies in the call, also if it was never sent', () => {
    const recorder = keeping({ errors: true });
    recorder.record(
      call({ sentNs: -1, firstByteNs: -1, outcome: TRANSPORT, error: 'ECONNREFUSED' }),
    );
    expect(recorder.takeSlice(0).kept[0]).toMatchObject({ sentNs: 1_000, endNs: 1_000 });
  });

  it('cross to another thread unchanged', () => {
    const recorder = keeping({ headRatio: 1 });
    recorder.record(call());
    const slice = recorder.takeSlice(0);
    expect(structuredClone(slice)).toEqual(slice);
  });
});
