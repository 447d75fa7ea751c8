import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallClock,
  countOf,
  OK,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
} from '../../src/core/index.ts';
import { type FinishedCall, Recorder, type RecordSlice } from '../../src/record/index.ts';

const newRecorder = (): Recorder =>
  new Recorder({
    seed: 1,
    phases: ['steady'],
    targets: ['orders'],
    steps: [{ name: 'create', target: 'orders' }],
    keep: { headRatio: 0, errors: false, slowRatio: 0 },
  });

/** From 1 to 127 ns the coarse histograms hold every value as it is, to 2,047 ns the fine ones. */
const partNs = fc.integer({ min: 1, max: 127 });

describe('the parts of a call', () => {
  it('add up: wait + service = corrected, first byte + body = service', () => {
    const call = fc.tuple(partNs, partNs, partNs, partNs);
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 50 }), (calls) => {
        const recorder = newRecorder();
        for (const [lag, wait, firstByte, body] of calls) {
          recorder.record(finished(OK, [lag, wait, firstByte, body]));
        }
        const slice = recorder.takeSlice(0);
        const sum = (clock: CallClock): number => sumOf(slice, clock);
        expect(sum('wait') + sum('service')).toBe(sum('corrected'));
        expect(sum('first_byte') + sum('body')).toBe(sum('service'));
        for (const clock of ['wait', 'first_byte', 'body'] as const) {
          expect(callsOf(slice, clock)).toBe(calls.length);
        }
      }),
    );
  });

  it('are kept of calls that went well only', () => {
    const recorder = newRecorder();
    for (const outcome of [STATUS, TIMEOUT] as const) {
      recorder.record(finished(outcome, [1, 2, 3, 4]));
    }
    const clocks = new Set(recorder.takeSlice(0).histograms.map((h) => h.clock));
    expect([...clocks]).toEqual(['response', 'corrected', 'service']);
  });
});

describe('the parts of a connect', () => {
  it('are recorded apart, those that there were', () => {
    const recorder = newRecorder();
    recorder.connected(0, 0, 60, false, { dnsNs: 10, tcpNs: 20, tlsNs: 30, resumed: false });
    recorder.connected(0, 0, 25, true, { dnsNs: 0, tcpNs: 20, tlsNs: 5, resumed: true });
    recorder.connected(0, 0, 7, false, {
      dnsNs: 0,
      tcpNs: 7,
      tlsNs: 0,
      resumed: false,
      staleDns: true,
    });
    const slice = recorder.takeSlice(0);
    const values = Object.fromEntries(slice.histograms.map((h) => [h.clock, h.valueNs]));
    expect(values).toEqual({ connect: [7, 25, 60], dns: [10], tcp: [7, 20], tls: [5, 30] });
    expect(sumOf(slice, 'dns') + sumOf(slice, 'tcp') + sumOf(slice, 'tls')).toBe(
      sumOf(slice, 'connect'),
    );
    const counters = Object.fromEntries(slice.counters.map((c) => [c.counter, c.value]));
    expect(counters).toEqual({ connects: 3, reconnects: 1, tls_resumed: 1, stale_dns: 1 });
  });
});

function finished(
  outcome: OutcomeCode,
  [lag, wait, firstByte, body]: readonly [number, number, number, number],
): FinishedCall {
  const sentNs = lag + wait;
  return {
    seq: 0,
    spanSeq: 0,
    phaseIndex: 0,
    stepIndex: 0,
    intendedNs: 0,
    seenNs: lag,
    sentNs,
    firstByteNs: sentNs + firstByte,
    endNs: sentNs + firstByte + body,
    outcome,
    status: 200,
    bytesIn: 1,
    bytesOut: 1,
    localPort: 0,
    error: '',
    attempt: 0,
    callOutcome: OK,
    endpoint: 0,
  };
}

function ofClock(slice: RecordSlice, clock: CallClock): RecordSlice['histograms'] {
  return slice.histograms.filter((h) => h.clock === clock);
}

function sumOf(slice: RecordSlice, clock: CallClock): number {
  return ofClock(slice, clock).reduce(
    (sum, { valueNs, count }) => sum + valueNs.reduce((s, v, i) => s + v * (count[i] ?? 0), 0),
    0,
  );
}

function callsOf(slice: RecordSlice, clock: CallClock): number {
  return ofClock(slice, clock).reduce((sum, histogram) => sum + countOf(histogram), 0);
}
