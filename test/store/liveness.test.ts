import { describe, expect, test } from 'vitest';
import { NS_PER_SEC, VirtualClock, type Clock } from '../../src/core/index.ts';
import { createLiveness } from '../../src/store/liveness.ts';

/** Lets what is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function setUp() {
  const clock = new VirtualClock();
  const server = { answers: true, asked: 0, brokenOff: 0 };
  const liveness = createLiveness({
    clock,
    ask: async (signal) => {
      server.asked++;
      if (server.answers) return true;
      return new Promise<boolean>((resolve) => {
        signal.addEventListener('abort', () => {
          server.brokenOff++;
          resolve(false);
        });
      });
    },
    everyNs: NS_PER_SEC,
    timesMax: 8,
  });
  const pass = async (sec: number): Promise<void> => {
    for (let second = 0; second < sec; second++) {
      clock.advance(NS_PER_SEC);
      await settle();
    }
  };
  return { server, liveness, pass };
}

/** A request that ends when it is told to, whatever its signal says. */
function request() {
  const answer = Promise.withResolvers<string>();
  const seen: { signal: AbortSignal | undefined } = { signal: undefined };
  return {
    ...answer,
    seen,
    send: (signal: AbortSignal): Promise<string> => {
      seen.signal = signal;
      return answer.promise;
    },
  };
}

describe('a request', () => {
  test('may take for ever while the server answers beside it', async () => {
    const { liveness, pass, server } = setUp();
    const { send, resolve, seen } = request();
    const awaited = liveness.watch(send);
    await pass(3_600);
    expect(seen.signal?.aborted).toBe(false);
    expect(server.asked).toBe(3_600);
    resolve('all of it');
    expect(await awaited).toBe('all of it');
  });

  test('is broken off once the server is silent, also where its answer had begun', async () => {
    const { liveness, pass, server } = setUp();
    const { send, seen } = request();
    const awaited = liveness.watch(send).catch((error: unknown) => String(error));
    await pass(5);
    server.answers = false;
    await pass(8);
    expect(seen.signal?.aborted).toBe(false);
    await pass(1);
    expect(seen.signal?.aborted).toBe(true);
    expect(await awaited).toContain('timeout');
    expect(server.brokenOff).toBeGreaterThan(0);
  });

  test('is not broken off for what this process had no time to read', async () => {
    let due: (() => void) | undefined;
    const clock: Clock = {
      originEpochMs: 0,
      nowNs: () => 0,
      after: (_delayNs, fire) => {
        due = fire;
        return { cancel: () => (due = undefined) };
      },
    };
    const ask = async (): Promise<boolean> => true;
    const liveness = createLiveness({ clock, ask, everyNs: NS_PER_SEC, timesMax: 8 });
    const { send, resolve, seen } = request();
    const awaited = liveness.watch(send);
    // However long ago a timer was due, it comes once, and then the answer is read.
    for (let turn = 0; turn < 100; turn++) {
      due?.();
      await settle();
    }
    expect(seen.signal?.aborted).toBe(false);
    resolve('late');
    expect(await awaited).toBe('late');
  });

  test('that is answered asks nothing, and leaves no timer', async () => {
    const { liveness, pass, server } = setUp();
    expect(await liveness.watch(async () => 'at once')).toBe('at once');
    await expect(liveness.watch(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await pass(60);
    expect(server.asked).toBe(0);
  });

  test('sent after another was broken off has its own time', async () => {
    const { liveness, pass, server } = setUp();
    server.answers = false;
    const first = liveness.watch(request().send).catch((error: unknown) => String(error));
    await pass(9);
    expect(await first).toContain('timeout');
    const { send, resolve, seen } = request();
    const second = liveness.watch(send);
    await pass(5);
    server.answers = true;
    await pass(60);
    expect(seen.signal?.aborted).toBe(false);
    resolve('again');
    expect(await second).toBe('again');
  });
});
