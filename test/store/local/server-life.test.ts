import { expect, test } from 'vitest';
import { NS_PER_SEC, VirtualClock } from '../../../src/core/index.ts';
import { ServerLife } from '../../../src/store/local/server-life.ts';

function born(): { clock: VirtualClock; life: ServerLife; ends: string[] } {
  const clock = new VirtualClock();
  const ends: string[] = [];
  const life = new ServerLife({
    clock,
    firstLeaseNs: 5 * NS_PER_SEC,
    lingerNs: 1 * NS_PER_SEC,
    end: (reason) => ends.push(reason),
  });
  return { clock, life, ends };
}

test('a server that nobody came to use ends', () => {
  const { clock, ends } = born();
  clock.advance(5 * NS_PER_SEC - 1);
  expect(ends).toEqual([]);
  clock.advance(1);
  expect(ends).toEqual(['no command came to use it']);
});

test('it ends at once with the last release, and not before', () => {
  const { clock, life, ends } = born();
  life.lease();
  life.lease();
  clock.advance(3_600 * NS_PER_SEC);
  expect(life.release()).toBe(false);
  expect(ends).toEqual([]);
  expect(life.release()).toBe(true);
  expect(ends).toEqual(['the last command released it']);
});

test('a lost lease ends it after the linger, which a new lease interrupts', () => {
  const { clock, life, ends } = born();
  life.lease();
  life.lose();
  clock.advance(NS_PER_SEC - 1);
  expect(life.lease()).toBe(true);
  clock.advance(60 * NS_PER_SEC);
  expect(ends).toEqual([]);
  life.lose();
  clock.advance(NS_PER_SEC);
  expect(ends).toEqual(['the last command that used it is gone']);
});

test('no lease is granted once it ends', () => {
  const { life } = born();
  life.end('SIGTERM');
  expect(life.lease()).toBe(false);
  expect(life.isOver).toBe(true);
});

test('a kept server stays after the last release, for as long as queries come', () => {
  const { clock, life, ends } = born();
  life.keep(30 * NS_PER_SEC);
  life.lease();
  clock.advance(100 * NS_PER_SEC);
  expect(life.release()).toBe(false);
  clock.advance(29 * NS_PER_SEC);
  life.used();
  clock.advance(29 * NS_PER_SEC);
  expect(ends).toEqual([]);
  clock.advance(1 * NS_PER_SEC);
  expect(ends).toEqual(['nobody used it']);
});

test('a kept server that is asked to stop does so at once, or with its last lease', () => {
  const idle = born();
  idle.life.keep(NS_PER_SEC);
  expect(idle.life.stopKeeping()).toBe(true);
  const used = born();
  used.life.keep(NS_PER_SEC);
  used.life.lease();
  expect(used.life.stopKeeping()).toBe(false);
  used.clock.advance(60 * NS_PER_SEC);
  expect(used.ends).toEqual([]);
  expect(used.life.release()).toBe(true);
});

test('it ends once only', () => {
  const { clock, life, ends } = born();
  life.lease();
  life.release();
  life.end('SIGTERM');
  clock.advance(60 * NS_PER_SEC);
  expect(ends).toHaveLength(1);
});
