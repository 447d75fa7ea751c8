import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlarmQueue } from '../../src/core/alarm-queue.ts';

describe('AlarmQueue', () => {
  it('fires all that are due and were not taken back, by time, then in the order of setting', () => {
    const step = fc.record({ dueNs: fc.nat(50), takeBack: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.nat(50), (steps, nowNs) => {
        const queue = new AlarmQueue();
        const fired: number[] = [];
        const alarms = steps.map(({ dueNs }, i) => queue.set(dueNs, () => fired.push(i)));
        for (const [i, { takeBack }] of steps.entries()) if (takeBack) alarms[i]?.cancel();
        const left = [...steps.keys()].filter((i) => steps[i]?.takeBack === false);
        const dueOf = (i: number): number => steps[i]?.dueNs ?? 0;
        expect(queue.size).toBe(left.length);
        expect(queue.firstNs).toBe(Math.min(Infinity, ...left.map(dueOf)));
        for (let due = queue.takeDue(nowNs); due; due = queue.takeDue(nowNs)) due.fire();
        const wanted = left.filter((i) => dueOf(i) <= nowNs);
        expect(fired).toEqual(wanted.sort((a, b) => dueOf(a) - dueOf(b) || a - b));
        expect(queue.size).toBe(left.length - wanted.length);
      }),
    );
  });

  it('keeps its order when thousands are taken back', () => {
    const queue = new AlarmQueue();
    const alarms = Array.from({ length: 10_000 }, (_, i) =>
      queue.set((i * 7919) % 10_007, () => {}),
    );
    for (const [i, alarm] of alarms.entries()) if (i % 10 > 0) alarm.cancel();
    const dueNs: number[] = [];
    for (let due = queue.takeDue(Infinity); due; due = queue.takeDue(Infinity)) {
      dueNs.push(due.dueNs);
    }
    expect(dueNs).toHaveLength(1_000);
    expect(dueNs).toEqual(dueNs.toSorted((a, b) => a - b));
  });

  it('tells when the last one is taken back, and counts none twice', () => {
    let emptied = 0;
    const queue = new AlarmQueue(() => (emptied += 1));
    const first = queue.set(1, () => undefined);
    const second = queue.set(2, () => undefined);
    first.cancel();
    first.cancel();
    expect([queue.size, emptied]).toEqual([1, 0]);
    second.cancel();
    expect([queue.size, emptied, queue.firstNs]).toEqual([0, 1, Infinity]);
    expect(queue.takeDue(9)).toBeUndefined();
  });
});
