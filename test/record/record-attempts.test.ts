import { describe, expect, it } from 'vitest';
import {
  CANCELLED,
  countOf,
  FALLBACK,
  type HistogramSlice,
  OK,
  type OutcomeCode,
  REJECTED,
  STATUS,
  TRANSPORT,
} from '../../src/core/index.ts';
import { type FinishedCall, Recorder, type RecorderOptions } from '../../src/record/index.ts';
import { sampleCall as call } from './sample-call.ts';

const options: RecorderOptions = {
  seed: 7,
  phases: ['steady'],
  targets: ['orders'],
  steps: [
    { name: 'create', target: 'orders' },
    { name: 'pay', target: 'orders' },
  ],
  endpoints: [['a:1', 'b:2'], []],
  keep: { headRatio: 0, errors: true, slowRatio: 0 },
};

/** Two attempts of one call, the second of which answers. */
function retried(callOutcome: OutcomeCode = OK): readonly [FinishedCall, FinishedCall] {
  return [
    call({ outcome: STATUS, status: 503, attempt: 1, callOutcome }),
    call({
      spanSeq: 10,
      seenNs: 1_400,
      sentNs: 1_500,
      firstByteNs: 1_550,
      endNs: 1_600,
      attempt: 2,
      callOutcome,
      endpoint: 1,
    }),
  ];
}

const named = (histograms: readonly HistogramSlice[]): readonly string[] =>
  histograms.map(({ clock, outcome, valueNs }) => `${clock} ${outcome} ${valueNs.join(' ')}`);

describe('a call with several attempts', () => {
  it('has the times of the call once, and the service time of each attempt by its own outcome', () => {
    const recorder = new Recorder(options);
    const [first, second] = retried();
    recorder.recordAttempt(first);
    recorder.recordAttempt(second);
    recorder.recordCall(call({ endNs: 1_600, sentNs: -1 }), [first, second], second);
    const { histograms, counters, errors } = recorder.takeSlice(0);
    expect(named(histograms).toSorted()).toEqual([
      'body ok 50',
      'corrected ok 1450',
      'first_byte ok 50',
      'response ok 1500',
      'service ok 100',
      'service status 600',
      'wait ok 100',
    ]);
    expect(errors).toEqual([]);
    // What came and went is of the attempts: both were answered.
    const values = Object.fromEntries(counters.map(({ counter, value }) => [counter, value]));
    expect(values).toMatchObject({ bytes_in: 20, bytes_out: 40, 'status 200': 1, 'status 503': 1 });
  });

  it('is counted once under the reason of its end', () => {
    const recorder = new Recorder(options);
    const [first] = retried(TRANSPORT);
    const last = call({ outcome: TRANSPORT, error: 'ECONNRESET', attempt: 2, spanSeq: 10 });
    recorder.recordAttempt(first);
    recorder.recordAttempt(last);
    recorder.recordCall(
      call({ outcome: TRANSPORT, error: 'ECONNRESET' }),
      [first, last],
      undefined,
    );
    expect(recorder.takeSlice(0).errors.map(({ text, count }) => [text, count])).toEqual([
      ['ECONNRESET', 1],
    ]);
  });

  it('keeps the spans of all its attempts where one of them failed', () => {
    const recorder = new Recorder(options);
    const attempts = retried();
    recorder.recordCall(call(), attempts, attempts[1]);
    const { kept } = recorder.takeSlice(0);
    expect(
      kept.map((span) => [span.spanSeq, span.attempt, span.outcome, span.callOutcome]),
    ).toEqual([
      [9, 1, 'status', 'ok'],
      [10, 2, 'ok', 'ok'],
    ]);
    expect(kept.map(({ endpoint }) => endpoint)).toEqual([undefined, 1]);
    expect(kept.map((span) => span.kept)).toEqual(['error', 'error']);
  });

  it('holds all of them together where it is not kept, with what is known of each', () => {
    const recorder = new Recorder({
      ...options,
      keep: { headRatio: 0, errors: false, slowRatio: 0 },
      maxHeldPerSecond: 10,
    });
    const attempts = retried();
    recorder.recordCall(call(), attempts, attempts[1]);
    const { kept, held } = recorder.takeSlice(0);
    expect(kept).toEqual([]);
    expect(held.map(({ count }) => count)).toEqual([2]);
  });

  it('records an attempt that ends behind its call without counting the call again', () => {
    const recorder = new Recorder(options);
    recorder.recordStraggler(call({ outcome: CANCELLED, attempt: 2, callOutcome: OK }));
    const { histograms } = recorder.takeSlice(0);
    expect(histograms.map(({ clock, outcome }) => [clock, outcome])).toEqual([
      ['service', 'cancelled'],
    ]);
  });
});

describe('a call that a policy ended', () => {
  it('counts as an error where it was refused, with a span though nothing was sent', () => {
    const recorder = new Recorder(options);
    const refused = call({
      outcome: REJECTED,
      error: 'circuit breaker open',
      status: -1,
      sentNs: -1,
      firstByteNs: -1,
      endNs: 150,
    });
    recorder.recordCall(refused, [], undefined);
    const { histograms, errors, kept } = recorder.takeSlice(0);
    expect(named(histograms)).toEqual(['response rejected 50', 'corrected rejected 1']);
    expect(errors).toMatchObject([{ outcome: 'rejected', text: 'circuit breaker open', count: 1 }]);
    expect(kept).toMatchObject([{ outcome: 'rejected', sentNs: 150, endNs: 150, kept: 'error' }]);
  });

  it('is no error where it had a fallback, and its failed attempts are kept', () => {
    const recorder = new Recorder(options);
    const failed = call({ outcome: STATUS, status: 503, attempt: 1, callOutcome: FALLBACK });
    recorder.recordAttempt(failed);
    recorder.recordCall(call({ outcome: FALLBACK }), [failed], undefined);
    const { histograms, errors, kept } = recorder.takeSlice(0);
    expect(errors).toEqual([]);
    expect(kept).toMatchObject([{ outcome: 'status', callOutcome: 'fallback' }]);
    const ended = histograms.filter(({ clock }) => clock === 'response');
    expect(ended.map((part) => [part.outcome, countOf(part)])).toEqual([['fallback', 1]]);
  });
});

describe('what a policy did', () => {
  it('is counted per phase and step, attempts by endpoint where there are several', () => {
    const recorder = new Recorder(options);
    recorder.attempted(0, 0, 0);
    recorder.attempted(0, 0, 1);
    recorder.attempted(0, 0, 1);
    recorder.attempted(0, 1, 0);
    recorder.policyDid('retries', 0, 0);
    recorder.policyDid('breaker_open_ns', 0, 1, 250);
    recorder.policyDid('health_checks', 0, -1);
    const counted = recorder
      .takeSlice(4)
      .counters.map(({ step, counter, value }) => `${step} ${counter} ${value}`);
    expect(counted).toEqual([
      'create attempts 3',
      'pay attempts 1',
      'create retries 1',
      'pay breaker_open_ns 250',
      ' health_checks 1',
      'create endpoint a:1 1',
      'create endpoint b:2 2',
    ]);
    expect(recorder.takeSlice(5).counters).toEqual([]);
  });
});
