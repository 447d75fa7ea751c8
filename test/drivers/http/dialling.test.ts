import { describe, expect, it } from 'vitest';
import { rngFrom, VirtualClock } from '../../../src/core/index.ts';
import { Dialling } from '../../../src/drivers/http/index.ts';

function dialling(wanted: number): { dialling: Dialling; dialled: () => number } {
  let dialled = 0;
  const made = new Dialling({
    clock: new VirtualClock(),
    dialClock: new VirtualClock(),
    rng: rngFrom(1, 'dialling'),
    isWanted: () => dialled < wanted,
    dial: () => dialled++,
  });
  return { dialling: made, dialled: () => dialled };
}

const LOST = { isWorn: false };
const WORN = { isWorn: true };

describe('dialling', () => {
  it('is settled when each that was dialled has opened or failed', async () => {
    const { dialling: d, dialled } = dialling(2);
    const settled = d.settled();
    expect([dialled(), d.underWay]).toEqual([2, 2]);
    d.opened();
    d.failed();
    await settled;
    expect(d.underWay).toBe(0);
  });

  it('is settled at once where none is wanted, and when it is closed', async () => {
    await dialling(0).dialling.settled();
    const { dialling: d, dialled } = dialling(1);
    const settled = d.settled();
    d.close();
    await settled;
    d.more();
    expect(dialled()).toBe(1);
  });

  it('tells which connections replace lost ones: none for those that were to go', () => {
    const { dialling: d } = dialling(9);
    d.more();
    expect(d.opened()).toBe(false);
    d.gone(WORN);
    expect(d.opened()).toBe(false);
    d.gone(LOST);
    d.lost(LOST, 3);
    expect([d.opened(), d.opened(), d.opened()]).toEqual([true, true, false]);
  });

  it('dials fewer at a time after a failure, and more again as connections prove good', () => {
    let [dialled, waiting] = [0, 9];
    const d = new Dialling({
      clock: new VirtualClock(),
      dialClock: new VirtualClock(),
      rng: rngFrom(1, 'dialling'),
      isWanted: (underWay) => underWay < waiting,
      dial: () => dialled++,
    });
    d.more();
    expect([dialled, d.underWay]).toEqual([9, 9]);
    for (let i = 0; i < 9; i++) d.failed();
    d.more();
    expect(d.underWay).toBe(4);
    for (let i = 0; i < 4; i++) d.opened();
    d.proven();
    d.more();
    expect(d.underWay).toBe(8);
    waiting = 0;
    d.more();
    expect(d.underWay).toBe(8);
  });
});
