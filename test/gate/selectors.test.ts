import { describe, expect, it } from 'vitest';
import { NS_PER_MS, type CounterSlice } from '../../src/core/index.ts';
import { everySecond, FIRST, madeRun, resultOf, specOf, windowOf } from './made-run.ts';

const MS = NS_PER_MS;

describe('steps together', () => {
  const run = madeRun([
    ...everySecond((second) => ({ second, count: 60, ms: 10, step: 'browse' })),
    ...everySecond((second) => ({ second, count: 40, ms: 20, step: 'pay' })),
    ...everySecond((second) => ({ second, count: 10, ms: 900, step: 'ship', target: 'depot' })),
    ...everySecond((second) => ({ second, count: 1, ms: 5, step: 'pay', outcome: 'status' })),
  ]);

  it('have the calls of all of them, and of no other', async () => {
    const times = specOf('*.response{target: orders} max < 1s', ['browse', 'pay']);
    expect(await resultOf(run, times)).toMatchObject({ value: 20 * MS, n: 3_000, state: 'pass' });
    const all = specOf('*.response p(95) < 1s', ['browse', 'pay', 'ship']);
    expect(await resultOf(run, all)).toMatchObject({ value: 900 * MS, n: 3_300, state: 'pass' });
    const errors = specOf('*.errors{target: orders} rate < 1%', ['browse', 'pay']);
    expect(await resultOf(run, errors)).toMatchObject({ value: 30 / 3_030, n: 3_030 });
  });

  it('have an interval as one step has', async () => {
    const spec = specOf('*.response{target: orders} p(50) < 1s', ['browse', 'pay']);
    const { interval, value } = await resultOf(run, spec);
    expect(value).toBe(10 * MS);
    expect(interval).toMatchObject({ lower: 10 * MS, open: false });
  });

  it('are none where none of them was called', async () => {
    const spec = specOf('*.errors{tag: critical} rate < 1%', ['refund', 'cancel']);
    expect(await resultOf(run, spec)).toMatchObject({
      state: 'unmatched',
      reason: 'no call of any of 2 steps',
    });
  });
});

describe('the time of a fault', () => {
  // Slow from second 15 to 20; a second fault is not active in the phase.
  const calls = everySecond((second) => {
    const isFaulty = second >= 15 && second < 20;
    return { second, count: 100, ms: isFaulty ? 500 : 10, outcome: isFaulty ? 'check' : 'ok' };
  });
  const arrivals = calls.map(({ second }) => {
    const dropped = second >= 15 && second < 20 ? 50 : 0;
    return { second, phase: 'steady', arrivals: 100 + dropped, dropped };
  });
  const windows = [windowOf('stall', 15, 20), windowOf('early', 1, 3)];
  const run = madeRun(calls, { windows, arrivals });

  it('is its windows, or all but them and their guards', async () => {
    const during = specOf('pay.response{fault: stall} p(50) < 100ms');
    expect(await resultOf(run, during)).toMatchObject({ state: 'fail', value: 500 * MS, n: 500 });
    const healthy = specOf('pay.response{fault: none} max < 100ms');
    // Second 14 and 20 are the guard.
    expect(await resultOf(run, healthy)).toMatchObject({
      state: 'pass',
      value: 10 * MS,
      n: 2_300,
    });
  });

  it('is known of events, too', async () => {
    const errors = specOf('pay.errors{fault: stall} rate > 99%');
    expect(await resultOf(run, errors)).toMatchObject({ state: 'pass', value: 1, n: 500 });
    const rate = specOf('pay.calls{fault: stall} rate >= 100/s');
    expect(await resultOf(run, rate)).toMatchObject({ state: 'pass', value: 100, unit: 'rate' });
    const dropped = specOf('dropped{fault: stall} rate < 10%');
    expect(await resultOf(run, dropped)).toMatchObject({ state: 'fail', value: 1 / 3, n: 750 });
    const healthy = specOf('dropped{fault: none} count == 0');
    expect(await resultOf(run, healthy)).toMatchObject({ state: 'pass', value: 0, n: 2_300 });
    const sent = specOf('arrivals{fault: stall} rate >= 100/s');
    expect(await resultOf(run, sent)).toMatchObject({ state: 'pass', value: 100, n: 500 });
  });

  it.each([
    ['pay.errors{fault: early} rate < 1%', 'fault early was active in no second that was measured'],
    ['pay.errors{fault: gone} rate < 1%', 'fault gone was active in no second that was measured'],
    ['pay.errors{fault: stall, phase: soak} rate < 1%', 'the run has no measured phase soak'],
    ['ship.errors{fault: stall} rate < 1%', 'no call of step ship during fault stall'],
  ])('fails where there is none: %s', async (text, reason) => {
    expect(await resultOf(run, specOf(text))).toMatchObject({ state: 'unmatched', reason });
  });

  it('says so where no second is healthy', async () => {
    const always = madeRun(calls, { windows: [windowOf('stall', 0, 40)] });
    expect(await resultOf(always, specOf('pay.errors{fault: none} rate < 1%'))).toMatchObject({
      state: 'unmatched',
      reason: 'no second was outside the fault windows and their guards',
    });
  });
});

describe('attempts', () => {
  // Each call has a failed attempt and a second that goes well.
  const policyCalls = everySecond((second) => ({
    second,
    count: 100,
    ms: 30,
    clocks: ['response'],
  }));
  const attempts = [
    ...policyCalls,
    ...everySecond((second) => ({
      second,
      count: 100,
      ms: 5,
      outcome: 'status',
      clocks: ['service'],
    })),
    ...everySecond((second) => ({ second, count: 100, ms: 20, clocks: ['service'] })),
  ];
  const counterSeconds = everySecond((second) => ({ second, count: 0, ms: 0 })).map(
    ({ second }): CounterSlice => ({
      second,
      phase: 'steady',
      step: 'pay',
      counter: 'attempts',
      value: 200,
    }),
  );
  const counters = [{ ...counterSeconds[0], second: 0, value: 200 * 30 } as CounterSlice];
  const run = madeRun(attempts, { counters, counterSeconds, windows: [windowOf('stall', 15, 20)] });

  it('are told from calls where the step has a policy', async () => {
    const ofCalls = specOf('pay.errors rate < 1%');
    expect(await resultOf(run, ofCalls)).toMatchObject({ value: 0, n: 3_000 });
    const ofAttempts = specOf('pay.errors{of: attempts} rate < 1%');
    expect(await resultOf(run, ofAttempts)).toMatchObject({ state: 'fail', value: 0.5, n: 6_000 });
    const during = specOf('pay.calls{of: attempts, fault: stall} count <= 1000');
    expect(await resultOf(run, during)).toMatchObject({ state: 'pass', value: 1_000 });
  });

  it('are counted per call in the time of a fault as well', async () => {
    const spec = specOf('pay.amplification{fault: stall} rate <= 1.5');
    expect(await resultOf(run, spec)).toMatchObject({ state: 'fail', value: 2, unit: 'factor' });
  });

  it('are the calls of a step without one', async () => {
    const plain = madeRun(
      everySecond((second) => ({
        second,
        count: 10,
        ms: 1,
        outcome: 'transport',
        clocks: ['response'],
      })),
    );
    const spec = specOf('pay.errors{of: attempts} count == 300');
    expect(await resultOf(plain, spec)).toMatchObject({ state: 'pass', value: 300, n: 300 });
  });
});

describe('calls and arrivals', () => {
  const arrivals = [100, 50].map((count, i) => ({
    second: FIRST + i,
    phase: 'steady',
    arrivals: count,
    dropped: 0,
  }));
  const counters: readonly CounterSlice[] = [
    { second: 0, phase: 'steady', step: '', counter: 'arrivals', value: 300 },
    { second: 0, phase: 'steady', step: '', counter: 'dropped_arrivals', value: 60 },
  ];
  const run = madeRun(
    everySecond((second) => ({ second, count: 8, ms: 10 })),
    { arrivals, counters },
  );

  it.each([
    ['pay.calls count >= 240', 'pass', 240, 'count'],
    ['pay.calls rate >= 8/s', 'pass', 8, 'rate'],
    ['pay.calls{phase: steady} rate >= 9/s', 'fail', 8, 'rate'],
    ['arrivals count == 240', 'pass', 240, 'count'],
    ['arrivals rate >= 8/s', 'pass', 8, 'rate'],
  ])('%s', async (text, state, value, unit) => {
    expect(await resultOf(run, specOf(text))).toMatchObject({ state, value, unit });
  });
});

it('an edge, lag and connect-errors select nothing beside', async () => {
  const run = madeRun(everySecond((second) => ({ second, count: 8, ms: 10 })));
  expect(await resultOf(run, specOf('connect-errors count == 0'))).toMatchObject({ value: 0 });
  expect(await resultOf(run, specOf('lag max < 1s'))).toMatchObject({ state: 'unmatched' });
});
