import { expect, test } from 'vitest';
import { NS_PER_SEC as SEC, VirtualClock } from '../../src/core/index.ts';
import { ThreadWatch } from '../../src/sender/thread-watch.ts';

function watched() {
  const clock = new VirtualClock();
  const thread = {
    answers: true,
    told: [] as string[],
    givenUpNs: undefined as number | undefined,
  };
  const watch = new ThreadWatch({
    clock,
    ask: () => {
      if (thread.answers) watch.heard();
    },
    told: (text) => thread.told.push(text),
    giveUp: () => {
      thread.givenUpNs = clock.nowNs();
    },
  });
  return { clock, thread, watch };
}

test('a thread that answers is left alone, however late it is', () => {
  const { clock, thread, watch } = watched();
  watch.expectDone(SEC);
  watch.hurry(0);
  clock.advance(1_000 * SEC);
  expect(thread).toMatchObject({ told: [], givenUpNs: undefined });
});

test('a silent thread is told of once, and when it is back', () => {
  const { clock, thread } = watched();
  clock.advance(10 * SEC);
  thread.answers = false;
  clock.advance(8 * SEC);
  expect(thread.told).toEqual(['has not answered for 5.00 s']);
  thread.answers = true;
  clock.advance(2 * SEC);
  expect(thread.told[1]).toMatch(/^answers again, after /u);
  thread.answers = false;
  clock.advance(1_000 * SEC);
  expect(thread.told).toHaveLength(3);
  expect(thread.givenUpNs).toBeUndefined();
});

test('one that still loads is told of later', () => {
  const { clock, thread } = watched();
  thread.answers = false;
  clock.advance(19 * SEC);
  expect(thread.told).toEqual([]);
  clock.advance(3 * SEC);
  expect(thread.told).toEqual(['has not answered for 20.0 s']);
});

test('a silent thread whose time is over is given up', () => {
  const { clock, thread, watch } = watched();
  watch.expectDone(60 * SEC);
  clock.advance(30 * SEC);
  thread.answers = false;
  clock.advance(200 * SEC);
  expect(thread.givenUpNs).toBe(65 * SEC);
});

test('a silent thread that is to stop is given up soon', () => {
  const { clock, thread, watch } = watched();
  watch.expectDone(60 * SEC);
  clock.advance(30 * SEC);
  thread.answers = false;
  clock.advance(10 * SEC);
  watch.hurry(2 * SEC);
  clock.advance(20 * SEC);
  expect(thread.givenUpNs).toBe(42.5 * SEC);
});

test('one that falls silent as it stops has two seconds', () => {
  const { clock, thread, watch } = watched();
  clock.advance(30 * SEC);
  watch.hurry(0);
  thread.answers = false;
  clock.advance(20 * SEC);
  expect(thread.givenUpNs).toBeLessThanOrEqual(33 * SEC);
});

test('a clock that jumps ahead, as behind a frozen host, is no silence', () => {
  const { clock, thread, watch } = watched();
  watch.expectDone(60 * SEC);
  clock.advance(59 * SEC);
  thread.answers = false;
  clock.advance(SEC);
  thread.answers = true;
  clock.advance(3_600 * SEC);
  expect(thread).toMatchObject({ told: [], givenUpNs: undefined });
});

test('a watch that was stopped does nothing', () => {
  const { clock, thread, watch } = watched();
  thread.answers = false;
  watch.stop();
  clock.advance(100 * SEC);
  expect(thread.told).toEqual([]);
});
