import { describe, expect, it } from 'vitest';
import {
  NS_PER_SEC,
  VirtualClock,
  type HistogramSlice,
  type Outcome,
  type Span,
} from '../../src/core/index.ts';
import { ServerSpanWatch, type WaitOptions } from '../../src/run/server-span-watch.ts';
import { RunIds } from '../../src/trace/index.ts';

const SEC = NS_PER_SEC;

const ids = new RunIds('6b0b69af21aecf58');

/** The server's span of a call; in Zipkin's manner with the id of the call itself. */
function serverSpan(spanSeq: number, manner: 'child' | 'shared' = 'child'): Span {
  const [own, call] = ['f'.repeat(16), ids.spanId(spanSeq)];
  const named =
    manner === 'child' ? { parentSpanId: call, spanId: own } : { parentSpanId: '', spanId: call };
  return { kind: 'Server', ...named } as Span;
}

function oneCall(outcome: Outcome): HistogramSlice {
  const key = {
    second: 0,
    phase: 'p',
    step: 's',
    target: 't',
    outcome,
    clock: 'service',
  } as const;
  return { ...key, valueNs: [1], count: [1] };
}

function watchOf(...outcomes: readonly Outcome[]) {
  const clock = new VirtualClock();
  const watch = new ServerSpanWatch(ids, clock);
  watch.called({ histograms: outcomes.map(oneCall) });
  return { clock, watch };
}

/** Starts a wait, and returns what it has come to whenever that is asked for. */
function waiting(watch: ServerSpanWatch, options: Partial<WaitOptions> = {}) {
  const state = { over: false, notes: 0 };
  const ended = watch.wait({
    quietNs: 6 * SEC,
    quietOfLastNs: 6 * SEC,
    atMostNs: 10 * SEC,
    signal: new AbortController().signal,
    onWait: () => state.notes++,
    ...options,
  });
  void ended.then(() => (state.over = true));
  return state;
}

/** Lets a virtual time pass in small steps, so that each waiter can wait anew. */
async function pass(clock: VirtualClock, ns: number): Promise<void> {
  for (let i = 0; i < 20; i++) {
    clock.advance(ns / 20);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

describe('waiting for the spans of servers', () => {
  it('ends at once where every answered call has its own', async () => {
    const { clock, watch } = watchOf('ok', 'status', 'check', 'timeout', 'transport', 'cancelled');
    watch.arrived([serverSpan(0), serverSpan(1, 'shared'), serverSpan(2)]);
    expect([watch.seen, watch.answered]).toEqual([3, 3]);
    const wait = waiting(watch);
    await pass(clock, 0);
    expect(wait).toEqual({ over: true, notes: 0 });
  });

  it('counts no call twice, and no span of a server further in', () => {
    const { watch } = watchOf('ok', 'ok');
    const inner = { ...serverSpan(1), parentSpanId: '00f067aa0ba902b7' };
    watch.arrived([serverSpan(0), serverSpan(0), inner, { ...serverSpan(1), kind: 'Client' }]);
    expect([watch.seen, watch.answered]).toEqual([1, 2]);
  });

  it('ends with the last of them', async () => {
    const { clock, watch } = watchOf('ok', 'ok');
    const wait = waiting(watch);
    await pass(clock, 3 * SEC);
    watch.arrived([serverSpan(0)]);
    await pass(clock, 3 * SEC);
    expect(wait).toEqual({ over: false, notes: 1 });
    watch.arrived([serverSpan(1)]);
    await pass(clock, 0);
    expect(wait.over).toBe(true);
  });

  it('waits as long as exporters take since the first answer, however late that was', async () => {
    const { clock, watch } = watchOf();
    await pass(clock, 5 * SEC);
    watch.called({ histograms: [oneCall('ok')] });
    const wait = waiting(watch);
    await pass(clock, 5 * SEC);
    expect(wait.over).toBe(false);
    watch.arrived([serverSpan(0)]);
    await pass(clock, 0);
    expect(wait.over).toBe(true);
  });

  it('ends when nothing has come for as long as exporters take', async () => {
    const { clock, watch } = watchOf('ok', 'ok');
    await pass(clock, 4 * SEC);
    watch.arrived([serverSpan(0)]);
    await pass(clock, 4 * SEC);
    const wait = waiting(watch);
    await pass(clock, 1.9 * SEC);
    expect(wait.over).toBe(false);
    await pass(clock, 0.2 * SEC);
    expect(wait.over).toBe(true);
  });

  it('does not begin where nothing came in a whole run that was longer', async () => {
    const { clock, watch } = watchOf('ok');
    await pass(clock, 6 * SEC);
    const wait = waiting(watch);
    await pass(clock, 0);
    expect(wait).toEqual({ over: true, notes: 0 });
  });

  it('waits longer for the last few, which nobody leaves out', async () => {
    const { clock, watch } = watchOf(...Array.from({ length: 10 }, () => 'ok' as const));
    watch.arrived([0, 1, 2, 3, 4, 5, 6, 7].map((seq) => serverSpan(seq)));
    const quiet = { quietNs: 2 * SEC, quietOfLastNs: 6 * SEC };
    const sampled = waiting(watch, quiet);
    await pass(clock, 2.1 * SEC);
    expect(sampled.over).toBe(true);
    watch.arrived([serverSpan(8)]);
    const wait = waiting(watch, quiet);
    await pass(clock, 5.7 * SEC);
    expect(wait.over).toBe(false);
    await pass(clock, 0.4 * SEC);
    expect(wait.over).toBe(true);
  });

  it('is not over while spans are on their way into the store', async () => {
    const { clock, watch } = watchOf('ok');
    const stored = Promise.withResolvers<void>();
    const taken = watch.storing([serverSpan(0)], stored.promise);
    expect(watch.hasSpans).toBe(true);
    const wait = waiting(watch, { quietNs: 2 * SEC, quietOfLastNs: 2 * SEC });
    await pass(clock, 5 * SEC);
    expect([wait.over, watch.seen]).toEqual([false, 0]);
    stored.resolve();
    await taken;
    await pass(clock, 0.1 * SEC);
    expect([wait.over, watch.seen]).toEqual([true, 1]);
  });

  it('waits for whoever was asked to send again', async () => {
    const { clock, watch } = watchOf('ok');
    await pass(clock, 1.5 * SEC);
    const refused = watch.storing([serverSpan(0)], Promise.reject(new Error('away')));
    await expect(refused).rejects.toThrow('away');
    const wait = waiting(watch, { quietNs: 2 * SEC, quietOfLastNs: 2 * SEC });
    await pass(clock, 3 * SEC);
    expect([wait.over, watch.seen]).toEqual([false, 0]);
    await watch.storing([serverSpan(0)], Promise.resolve());
    await pass(clock, 0.1 * SEC);
    expect([wait.over, watch.seen]).toEqual([true, 1]);
  });

  it('takes no time for silence in which it stood still itself', async () => {
    const { clock, watch } = watchOf('ok');
    const wait = waiting(watch, { quietNs: 2 * SEC, quietOfLastNs: 2 * SEC });
    await pass(clock, SEC);
    clock.advance(5 * SEC);
    watch.arrived([serverSpan(0)]);
    expect(wait.over).toBe(false);
    await pass(clock, 0);
    expect([wait.over, watch.seen]).toEqual([true, 1]);
  });

  it('takes no longer than it may, however many come', async () => {
    const { clock, watch } = watchOf('ok');
    const wait = waiting(watch);
    for (let sec = 0; sec < 10; sec++) {
      expect(wait.over).toBe(false);
      watch.arrived([{ ...serverSpan(7), kind: 'Internal' }]);
      await pass(clock, SEC);
    }
    await pass(clock, 0.1 * SEC);
    expect(wait.over).toBe(true);
  });

  it('ends when the run is asked to stop', async () => {
    const { clock, watch } = watchOf('ok');
    const stop = new AbortController();
    const wait = waiting(watch, { signal: stop.signal });
    await pass(clock, SEC);
    stop.abort();
    await pass(clock, 0);
    expect(wait.over).toBe(true);
  });
});
